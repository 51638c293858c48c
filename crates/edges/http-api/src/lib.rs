//! The HTTP API: axum, OpenAPI, problem+json, server-sent events.
