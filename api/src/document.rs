//! The OpenAPI document, made from the list of operations.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{
    Operation as OpenApiOperation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema, Server as ServerUrl,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::access::Permission;
use crate::list::for_each_operation;
use crate::operation::{Method, Operation, Presence, Rate};
use crate::problem::ProblemDetails;

/// The name in the document of an access token or API key as `Authorization: Bearer`.
const BEARER: &str = "bearer";

/// The name in the document of an API key in a header of its own.
const API_KEY: &str = "api_key";

/// The statuses of errors.
const ERRORS: [u16; 13] = [400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 500, 503];

/// Below it nobody needs a credential, and a member's own channel may be that of somebody who may not do it.
const LINKS_OF_CHANNELS: &str = "/acknowledgements/";

/// The document while operations are added to it.
#[derive(Default)]
struct Draft {
    paths: Vec<(&'static str, HttpMethod, OpenApiOperation)>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// The OpenAPI 3.1 document of the whole API.
pub fn document() -> OpenApi {
    let mut draft = Draft::default();
    macro_rules! describe_all {
        ($($operation:ident)*) => { $(describe::<crate::$operation>(&mut draft);)* };
    }
    for_each_operation!(describe_all);
    draft
        .schemas
        .push((ProblemDetails::name().into(), ProblemDetails::schema()));
    ProblemDetails::schemas(&mut draft.schemas);
    draft.schemas.sort_by(|one, other| one.0.cmp(&other.0));

    let mut paths = PathsBuilder::new();
    for (path, method, operation) in draft.paths {
        paths = paths.path(path, PathItem::new(method, operation));
    }
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let api_key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(draft.schemas)
        .responses_from_iter(ERRORS.map(|status| (problem_name(status), problem(status))))
        .security_scheme(BEARER, bearer)
        .security_scheme(API_KEY, api_key);
    let mut info = Info::new("Uptime Monitor", env!("CARGO_PKG_VERSION"));
    info.description = Some("Monitors, incidents, channels and their history.".to_owned());
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerUrl::new(crate::PREFIX)]))
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

fn describe<O: Operation>(draft: &mut Draft) {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(O::ID))
        .summary(Some(O::SUMMARY.trim()))
        .tag(O::TAG);
    let parameters = O::Path::into_params(|| Some(ParameterIn::Path));
    let has_path = !parameters.is_empty();
    for parameter in parameters {
        operation = operation.parameter(parameter);
    }
    for parameter in O::Query::into_params(|| Some(ParameterIn::Query)) {
        operation = operation.parameter(parameter);
    }
    if O::HEEDS_VERSION {
        operation = operation.parameter(if_match());
    }
    if O::TAKES_IDEMPOTENCY_KEY {
        operation = operation.parameter(idempotency_key());
    }
    if O::BODY != Presence::None {
        let required = match O::BODY {
            Presence::Required => Required::True,
            _ => Required::False,
        };
        let content = ContentBuilder::new()
            .schema(Some(reference::<O::Body>(draft)))
            .build();
        let body = RequestBodyBuilder::new()
            .content("application/json", content)
            .required(Some(required));
        operation = operation.request_body(Some(body.build()));
    }
    for status in [Some(O::STATUS), O::STATUS_OF_NEW].into_iter().flatten() {
        let mut success = ResponseBuilder::new().description(description(status));
        if O::HAS_ANSWER {
            let content = ContentBuilder::new()
                .schema(Some(reference::<O::Answer>(draft)))
                .build();
            success = success.content(O::MEDIA_TYPE, content);
            for media_type in O::OTHER_MEDIA_TYPES {
                let text = ContentBuilder::new().schema(Some(String::schema())).build();
                success = success.content(*media_type, text);
            }
        }
        if O::TAKES_IDEMPOTENCY_KEY {
            success = success.header("Idempotency-Replayed", replayed());
        }
        if O::ETAG.is_some() {
            success = success.header("ETag", etag());
        }
        operation = operation.response(status.to_string(), success.build());
    }
    let role = <O::Permission as Permission>::ROLE;
    for status in errors::<O>(has_path) {
        operation = operation.response(status.to_string(), Ref::from_response_name(problem_name(status)));
    }
    if let Some(role) = role {
        let people_only = <O::Permission as Permission>::PEOPLE_ONLY;
        let needs = format!(
            "Needs the permission `{}`, which a member has from the role {} on{}.",
            <O::Permission as Permission>::NAME,
            role.as_str(),
            if people_only { ", and no API key has" } else { "" },
        );
        let requires = |name| SecurityRequirement::new(name, std::iter::empty::<String>());
        operation = operation.description(Some(needs)).security(requires(BEARER));
        if !people_only {
            operation = operation.security(requires(API_KEY));
        }
    }
    let method = match O::METHOD {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
    };
    draft.paths.push((O::PATH, method, operation.build()));
}

/// The statuses of the errors that an operation can answer.
fn errors<O: Operation>(has_path: bool) -> impl Iterator<Item = u16> {
    let has_body = O::BODY != Presence::None;
    let has_role = <O::Permission as Permission>::ROLE.is_some();
    let has_cookie = matches!(O::RATE, Rate::SignIn | Rate::Session);
    let has_owner = O::PATH.starts_with(LINKS_OF_CHANNELS);
    ERRORS.into_iter().filter(move |status| match status {
        403 => has_role || has_body || has_cookie || has_owner,
        404 => has_path,
        409 => O::METHOD != Method::Get,
        412 => O::HEEDS_VERSION,
        408 | 413 => has_body,
        415 => has_cookie,
        _ => true,
    })
}

/// A schema by its name, which is added to the document.
fn reference<T: ToSchema>(draft: &mut Draft) -> RefOr<Schema> {
    draft.schemas.push((T::name().into(), T::schema()));
    T::schemas(&mut draft.schemas);
    Ref::from_schema_name(T::name()).into()
}

fn problem_name(status: u16) -> String {
    format!("Problem{status}")
}

fn problem(status: u16) -> Response {
    let schema: RefOr<Schema> = Ref::from_schema_name(ProblemDetails::name()).into();
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description(status))
        .content("application/problem+json", content)
        .build()
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "`\"<version>\"`: refused with 412 when it was changed in the meantime",
        ))
        .schema(Some(String::schema()))
        .build()
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "1 to 255 visible ASCII characters: for 24 hours the same request again creates nothing and gets the same \
             answer; another request is refused with 422, and with 409 while the first is under way",
        ))
        .schema(Some(String::schema()))
        .build()
}

fn replayed() -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean)))
        .description(Some("`true` when it is the answer of an earlier request"))
        .build()
}

fn etag() -> Header {
    let mut header = Header::new(String::schema());
    header.description = Some("The version in double quotes, for `If-Match`".to_owned());
    header
}

fn description(status: u16) -> &'static str {
    match status {
        200 => "Success",
        201 => "Created",
        202 => "Accepted",
        204 => "Done",
        303 => "The browser goes on at `Location`",
        400 => "The request cannot be read",
        401 => "No credential, or a bad one",
        403 => "The role does not have the permission, or the page is of another origin",
        404 => "Not there, or another organisation's",
        408 => "The body did not arrive in time",
        409 => "It exists already, or there are as many as there may be",
        412 => "It was changed in the meantime",
        413 => "The body is too large",
        415 => "The body is not JSON",
        422 => "A field is not valid",
        429 => "Too many requests; `Retry-After` says when",
        503 => "Something that is needed is away; `Retry-After` says when",
        _ => "An internal error",
    }
}
