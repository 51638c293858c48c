//! Errors as `application/problem+json` (RFC 9457).

use access::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use database::DatabaseError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem_codes::ProblemCode;

/// The one error type of the API.
#[derive(Debug)]
pub struct ApiProblem {
    code: ProblemCode,
    detail: String,
    errors: Vec<FieldProblem>,
    cause: Option<Cause>,
}

/// One thing wrong with one field of the request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// JSON pointer to the field, or the name of a query parameter.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
    /// The same in Chinese, where there are words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_zh: Option<String>,
}

/// The body of every error answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Where the code is explained.
    pub r#type: String,
    /// The code in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code; clients decide by this.
    pub code: String,
    /// What happened, for people.
    pub detail: String,
    /// One entry for each wrong field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// The inner cause of a 5xx, for the log only; carried as a response extension.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) String);

impl ApiProblem {
    /// A problem with a sentence for people.
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
        }
    }

    /// A field of the request is wrong.
    pub(crate) fn invalid(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(ProblemCode::InvalidRequest, detail.clone());
        problem.errors.push(FieldProblem {
            pointer: pointer.into(),
            code: code.into(),
            detail,
            detail_zh: None,
        });
        problem
    }

    /// Several fields of the request are wrong.
    pub(crate) fn invalid_fields(detail: impl Into<String>, errors: Vec<FieldProblem>) -> Self {
        Self {
            errors,
            ..Self::new(ProblemCode::InvalidRequest, detail)
        }
    }

    /// Names a field that is to blame.
    pub(crate) fn with_field(mut self, field: FieldProblem) -> Self {
        self.errors.push(field);
        self
    }

    /// The same with the fields below a part of the body.
    pub(crate) fn under(mut self, part: &str) -> Self {
        for field in &mut self.errors {
            field.pointer.insert_str(0, part);
        }
        self
    }

    /// Whether it is our fault and not the caller's.
    pub(crate) fn is_server_error(&self) -> bool {
        self.code.status().is_server_error()
    }

    /// Its code and its sentence, to be told beside what went well.
    pub(crate) fn into_words(self) -> (String, String) {
        (self.code.as_str().to_owned(), self.detail)
    }

    /// There is no such thing, or the actor may not know of it.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(ProblemCode::NotFound, what)
    }

    /// The thing was changed or exists already.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::Conflict, detail)
    }

    /// A failure of ours: the caller gets a constant body, the log gets the cause.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(inner) = source {
            chain.push_str(": ");
            chain.push_str(&inner.to_string());
            source = inner.source();
        }
        Self {
            code: ProblemCode::InternalError,
            detail: "The server could not answer; the cause is in its log.".to_owned(),
            errors: Vec::new(),
            cause: Some(Cause(chain)),
        }
    }
}

impl From<Refusal> for ApiProblem {
    fn from(refusal: Refusal) -> Self {
        Self::new(ProblemCode::Forbidden, refusal.to_string())
    }
}

impl From<DatabaseError> for ApiProblem {
    fn from(error: DatabaseError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            r#type: format!("/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            code: self.code.as_str().to_owned(),
            detail: self.detail,
            errors: self.errors,
        };
        let text = serde_json::to_string(&body).unwrap_or_else(|_never| "{}".to_owned());
        let mut response = (status, text).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// The answer to a path that does not exist under `/api`.
pub(crate) async fn no_such_path() -> ApiProblem {
    ApiProblem::not_found("There is no such path in this API; see /api/docs.")
}

/// A handler's panic becomes a 500 like any other.
pub(crate) fn of_panic(_panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let mut response = ApiProblem::new(
        ProblemCode::InternalError,
        "The server could not answer; the cause is in its log.",
    )
    .into_response();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .extensions_mut()
        .insert(Cause("a handler panicked".to_owned()));
    response
}
