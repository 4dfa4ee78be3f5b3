//! How Slack is called: the library's own HTTP client reads answers without a limit, and takes only Slack's
//! own answers for success.

use futures_util::future::{BoxFuture, ready};
use http_body_util::Full;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::outgoing::{Answer, Exchanges, excerpt};
use slack_morphism::errors::{
    SlackClientApiError, SlackClientError, SlackClientHttpError, SlackClientHttpProtocolError,
    SlackClientSystemError, SlackRateLimitError, map_serde_error,
};
use slack_morphism::multipart_form::FileMultipartData;
use slack_morphism::prelude::{
    ClientResult, SlackClientApiCallContext, SlackClientHttpConnector, SlackClientId, SlackClientSecret,
};
use url::Url;

/// Slack's API, and incoming webhooks of Slack and of what imitates it.
#[derive(Clone, Debug)]
pub(crate) struct SlackHttp {
    exchanges: Exchanges,
    api_url: String,
}

impl SlackHttp {
    pub(crate) fn new(exchanges: Exchanges, api_url: &str) -> Self {
        Self {
            exchanges,
            api_url: api_url.to_owned(),
        }
    }

    async fn post<RS: DeserializeOwned>(
        &self,
        url: &Url,
        token: Option<&str>,
        body: String,
    ) -> ClientResult<RS> {
        let mut request = Request::post(url.as_str()).header(CONTENT_TYPE, "application/json; charset=utf-8");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::from(body)).map_err(failed)?;
        understood(self.exchanges.send(request).await.map_err(failed)?).await
    }
}

/// A request that has Slack show its text as it is: names in it are no formatting, mention nobody and link nowhere, and
/// what is linked is not fetched and shown.
#[derive(Serialize)]
struct Unformatted<'a, RQ> {
    #[serde(flatten)]
    request: &'a RQ,
    mrkdwn: bool,
    parse: &'static str,
    link_names: bool,
    unfurl_links: bool,
    unfurl_media: bool,
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SlackClientError {
    SlackClientError::HttpProtocolError(SlackClientHttpProtocolError::new().with_cause(Box::new(error)))
}

/// What an answer means. Every 2xx has taken the message, whatever its body is, unless it says `"ok": false`:
/// what imitates Slack has answers of its own. A `ProtocolError` is one that has taken it, and lacks what `RS`
/// needs.
async fn understood<RS: DeserializeOwned>(answer: Answer) -> ClientResult<RS> {
    let (status, retry_after) = (answer.status, answer.retry_after());
    let body = answer.start().await;
    let text = String::from_utf8_lossy(&body);
    if status.as_u16() == 429 {
        return Err(SlackClientError::RateLimitError(
            SlackRateLimitError::new()
                .opt_retry_after(retry_after)
                .with_http_response_body(text.into_owned()),
        ));
    }
    if !status.is_success() {
        return Err(SlackClientError::HttpError(
            SlackClientHttpError::new(status).with_http_response_body(text.into_owned()),
        ));
    }
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    if said["ok"] == false {
        let code = said["error"].as_str().map_or_else(|| excerpt(&text), excerpt);
        return Err(SlackClientError::ApiError(SlackClientApiError::new(code)));
    }
    serde_json::from_slice(&body)
        .or_else(|_| serde_json::from_str("{}"))
        .map_err(|error| map_serde_error(error, Some(&text)))
}

/// Only messages are posted; the library has more.
fn not_used<'a, RS: Send + 'a>() -> BoxFuture<'a, ClientResult<RS>> {
    let error = SlackClientSystemError::new().with_message("not used here".to_owned());
    Box::pin(ready(Err(SlackClientError::SystemError(error))))
}

impl SlackClientHttpConnector for SlackHttp {
    fn create_method_uri_path(&self, method_relative_uri: &str) -> ClientResult<Url> {
        Ok(format!("{}/{method_relative_uri}", self.api_url).parse()?)
    }

    fn http_post_uri<'a, RQ, RS>(
        &'a self,
        full_uri: Url,
        request_body: &'a RQ,
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RQ: Serialize + Send + Sync,
        RS: for<'de> serde::de::Deserialize<'de> + Send + 'a,
    {
        let token = context.token.map(|token| token.token_value.0.as_str());
        Box::pin(async move {
            let body = Unformatted {
                request: request_body,
                mrkdwn: false,
                parse: "none",
                link_names: false,
                unfurl_links: false,
                unfurl_media: false,
            };
            let body = serde_json::to_string(&body).map_err(|error| map_serde_error(error, None))?;
            self.post(&full_uri, token, body).await
        })
    }

    fn http_get_uri<'a, RS>(
        &'a self,
        _: Url,
        _: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> serde::de::Deserialize<'de> + Send + 'a,
    {
        not_used()
    }

    fn http_get_with_client_secret<'a, RS>(
        &'a self,
        _: Url,
        _: &'a SlackClientId,
        _: &'a SlackClientSecret,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> serde::de::Deserialize<'de> + Send + 'a,
    {
        not_used()
    }

    fn http_post_uri_multipart_form<'a, 'p, RS, PT, TS>(
        &'a self,
        _: Url,
        _: Option<FileMultipartData<'p>>,
        _: &'p PT,
        _: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> serde::de::Deserialize<'de> + Send + 'a,
        PT: IntoIterator<Item = (&'p str, Option<TS>)> + Clone,
        TS: AsRef<str> + 'p + Send,
    {
        not_used()
    }

    fn http_post_uri_binary<'a, 'p, RS>(
        &'a self,
        _: Url,
        _: String,
        _: &'a [u8],
        _: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> serde::de::Deserialize<'de> + Send + 'a,
    {
        not_used()
    }
}
