//! Role × operation: made from the OpenAPI document, so that a new operation is in it by itself.

use accounts::{SHIPPED_ROLES, ShippedRole};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::accounts::{Browser, PASSWORD, administrator, person};
use crate::app::TestApp;

/// One operation of the document.
struct Operation {
    method: Method,
    path: String,
    /// Permissions that it always needs; none for what is for everybody or for any account.
    needs: Vec<String>,
    is_public: bool,
}

/// The operations, read from the published document by a reading of our own: everything between
/// backticks after `*Permissions*:` and before the first `;`.
fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&http_api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let description = operation["description"].as_str().unwrap_or_default();
            let said = description
                .split("*Permissions*:")
                .nth(1)
                .unwrap_or_else(|| panic!("{method} {path} does not say what it needs"))
                .split(';')
                .next()
                .unwrap();
            let needs = said
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect();
            operations.push(Operation {
                method,
                path: fill(path),
                needs,
                is_public: said.trim() == "none.",
            });
        }
    }
    operations
}

/// A path with something that is not there in each place.
fn fill(path: &str) -> String {
    path.split('/')
        .map(|part| {
            if part.starts_with('{') {
                "999999"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn ask(app: &TestApp, operation: &Operation, cookie: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::builder()
        .method(operation.method.clone())
        .uri(&operation.path)
        .header("content-type", "application/json")
        .header("sec-fetch-site", "same-origin");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let answer = app.answer(request.body(Body::from("{}")).unwrap()).await;
    let status = answer.status();
    if !status.is_client_error() {
        // a stream has no end to wait for
        return (status, String::new());
    }
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20)
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn may(role: &ShippedRole, operation: &Operation) -> bool {
    operation.needs.iter().all(|need| {
        role.permissions
            .iter()
            .any(|permission| permission.as_str() == need)
    })
}

#[tokio::test]
async fn each_role_may_what_the_document_says_and_nothing_else() {
    let app = TestApp::with_accounts().await;
    let city = app.create_city().await;
    let admin = administrator(&app).await;
    let operations = operations();
    let mut tried = 0;
    for role in SHIPPED_ROLES {
        let scope = if role.is_for_sites {
            json!({ "kind": "sites", "site_ids": [city.site_id.0] })
        } else {
            json!({ "kind": "everything" })
        };
        let name = role.name.replace('_', "-");
        let mut browser = person(&admin, &name, role.name, scope).await;
        for operation in &operations {
            let (status, code) = ask(&app, operation, Some(&browser.cookie)).await;
            let what = format!(
                "{} {} as {}: {status} {code}",
                operation.method, operation.path, role.name
            );
            assert!(!status.is_server_error(), "{what}");
            if may(role, operation) {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{what}");
            } else {
                let refused = (StatusCode::FORBIDDEN, "forbidden");
                assert_eq!((status, code.as_str()), refused, "{what}");
            }
            tried += 1;
            if operation.method == Method::DELETE && operation.path.ends_with("/session") {
                browser = Browser::sign_in(&app, &name, PASSWORD).await.unwrap();
            }
        }
    }
    assert!(tried > 1500, "{tried} pairs tried");
}

#[tokio::test]
async fn nobody_may_anything_but_sign_in() {
    let app = TestApp::with_accounts().await;
    let public: Vec<_> = {
        let mut public = Vec::new();
        for operation in operations() {
            let (status, _code) = ask(&app, &operation, None).await;
            if operation.is_public {
                public.push(format!("{} {}", operation.method, operation.path));
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{}", operation.path);
            } else {
                assert_eq!(
                    status,
                    StatusCode::UNAUTHORIZED,
                    "{} {}",
                    operation.method,
                    operation.path
                );
            }
        }
        public
    };
    // what is for everybody is for everybody on purpose: this list is changed by hand
    assert_eq!(
        public,
        [
            "POST /api/v1/first-administrator",
            "GET /api/v1/public/assessments",
            "GET /api/v1/public/assessments/999999",
            "GET /api/v1/session",
            "POST /api/v1/session",
            "GET /api/v1/session/sign-on",
            "GET /api/v1/session/sign-on/callback",
            "GET /api/v1/site-files/template",
        ]
    );
}
