//! Which encodings an answer may have. actix-web answers 406 to whoever takes neither an encoding of ours nor a plain
//! body; nobody is helped by that, so they get a plain one (RFC 9110, section 12.5.3).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, AcceptEncoding, Encoding};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};

/// The middleware around the one that encodes.
pub(crate) async fn or_plain<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let accepted = request.get_header::<AcceptEncoding>();
    let known = [Encoding::identity(), Encoding::gzip(), Encoding::deflate()];
    if accepted.is_some_and(|accepted| accepted.negotiate(known.iter()).is_none()) {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    next.call(request).await
}
