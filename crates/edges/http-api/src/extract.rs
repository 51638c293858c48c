//! Extractors whose rejections are problems too: `Path`, `Query` and `Json` of this module.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::ApiProblem;
use crate::problem_codes::ProblemCode;

/// Path parameters.
#[derive(Debug, Clone, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiProblem))]
pub(crate) struct Path<T>(pub(crate) T);

/// Query parameters.
#[derive(Debug, Clone, FromRequestParts)]
#[from_request(via(axum_extra::extract::Query), rejection(ApiProblem))]
pub(crate) struct Query<T>(pub(crate) T);

/// A JSON body, in and out.
#[derive(Debug, Clone, FromRequest)]
#[from_request(via(axum::Json), rejection(ApiProblem))]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<PathRejection> for ApiProblem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ProblemCode::MalformedRequest, rejection.body_text())
    }
}

impl From<QueryRejection> for ApiProblem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::MalformedRequest, rejection.body_text())
    }
}

impl From<axum_extra::extract::QueryRejection> for ApiProblem {
    fn from(rejection: axum_extra::extract::QueryRejection) -> Self {
        Self::new(ProblemCode::MalformedRequest, rejection.to_string())
    }
}

impl From<JsonRejection> for ApiProblem {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMedia,
            StatusCode::UNPROCESSABLE_ENTITY => ProblemCode::InvalidRequest,
            _ => ProblemCode::MalformedRequest,
        };
        Self::new(code, rejection.body_text())
    }
}
