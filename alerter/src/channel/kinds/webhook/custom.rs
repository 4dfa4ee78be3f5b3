//! What is chosen of a webhook's requests: the method, headers, and the template of the body.

use domain::Timestamp;
use domain::channel::{Template, WebhookConfig};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request};

use super::standard;
use super::values::Values;
use crate::channel::Form;
use crate::channel::message::Message;

/// What is chosen of the requests.
pub(super) struct Custom {
    method: Method,
    /// Those that are sent besides, or instead of ours.
    headers: Vec<(HeaderName, HeaderValue)>,
    template: Option<Template>,
}

impl Custom {
    /// `None` when the configuration is not valid.
    pub(super) fn of(config: &WebhookConfig) -> Option<Self> {
        let template = config.template().ok()?;
        let mut headers = Vec::new();
        if template.is_some() {
            let of_body = config.content_type.unwrap_or_default().as_str();
            headers.push((CONTENT_TYPE, HeaderValue::from_static(of_body)));
        }
        for header in config.headers.iter().flatten() {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            let mut value = HeaderValue::from_str(&header.value).ok()?;
            value.set_sensitive(true);
            headers.push((name, value));
        }
        Some(Self {
            method: Method::from_bytes(config.method.unwrap_or_default().as_str().as_bytes()).ok()?,
            headers,
            template,
        })
    }

    /// The body of a message.
    pub(super) fn body(&self, message: &Message, form: Form, now: Timestamp) -> String {
        let standard = |form| standard(message, form, now).to_string();
        let Some(template) = &self.template else {
            return standard(form);
        };
        let forms: &[Form] = match (template.has_json(), form) {
            (false, _) => &[],
            (true, Form::Full) => &[Form::Full, Form::Short],
            (true, Form::Short) => &[Form::Short],
        };
        let values = Values::of(message, form);
        let standards: Vec<_> = forms.iter().map(|form| standard(*form)).collect();
        template.fill(|placeholder| values.get(placeholder), &standards)
    }

    /// Makes a request that is signed one as it was chosen.
    pub(super) fn apply_to(&self, request: &mut Request<Full<Bytes>>) {
        *request.method_mut() = self.method.clone();
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
    }
}
