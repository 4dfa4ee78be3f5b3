//! A request that panics is answered, and takes nothing else with it.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::http::problem::Problem;

/// What `answering` answers; a panic becomes 500.
///
/// # Errors
/// Those of `answering`, and 500.
pub async fn caught<T, E: From<Problem>>(answering: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    // What a request alone has is gone with it; what is shared is behind locks that are not poisoned for others.
    match AssertUnwindSafe(answering).catch_unwind().await {
        Ok(answered) => answered,
        Err(panic) => Err(Problem::internal(format!("a request panicked: {}", message(&*panic))).into()),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let problem = caught::<(), Problem>(async { panic!("at {}", 7) })
            .await
            .unwrap_err();
        assert_eq!(problem.status().as_u16(), 500);
        assert!(!problem.to_string().contains("at 7"), "it is nobody's to see");
        assert_eq!(message(&"static"), "static");
        assert_eq!(caught::<_, Problem>(async { Ok(7) }).await.unwrap(), 7);
    }
}
