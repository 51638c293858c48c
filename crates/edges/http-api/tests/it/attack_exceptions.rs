//! Operations that the table of attacks leaves to other tests.

/// What is attacked nowhere here, and why.
pub(crate) const ELSEWHERE: [(&str, &str); 50] = [
    (
        "POST /accounts",
        "accounts: managing them is the whole city's",
    ),
    ("GET /accounts/{id}", "accounts: the attackers may not"),
    (
        "PUT /accounts/{id}",
        "accounts: managing them is the whole city's",
    ),
    ("POST /accounts/{id}/password-reset", "as above"),
    ("POST /accounts/{id}/second-factor-reset", "as above"),
    ("PUT /roles/{name}", "as above"),
    ("DELETE /roles/{name}", "as above"),
    ("POST /first-administrator", "a link that holds once"),
    ("POST /session", "signing in"),
    ("DELETE /session", "one's own"),
    ("PUT /session/password", "one's own"),
    ("POST /session/second-factor", "one's own"),
    ("PUT /session/second-factor", "one's own"),
    ("POST /session/second-factor/removal", "one's own"),
    (
        "POST /api-tokens",
        "one's own: tokens have a test of their own",
    ),
    (
        "POST /audit/chain/verification",
        "the attackers may not read the trail",
    ),
    ("POST /evaluations/{medium}", "judges what is sent along"),
    ("POST /evaluation-tables", "reads what is sent along"),
    (
        "POST /site-files/import",
        "held to the region row by row, in `sites`",
    ),
    (
        "PUT /map/layers/{name}",
        "takes a file, refused before it is read",
    ),
    ("POST /map/layers/{name}/preview", "as above"),
    ("POST /markings/{id}/files", "takes a file: in `marking`"),
    ("POST /manual-samples/import", "takes a file: in `marking`"),
    (
        "POST /marking-reviews",
        "answers by marking: in a test below",
    ),
    (
        "POST /project-files/import",
        "takes a file, held to the region row by row, in `projects`",
    ),
    ("POST /project-steps", "answers by project, in `projects`"),
    (
        "GET /tasks/{id}",
        "tasks are the plan's; reports of the own county only, in `tasks`",
    ),
    ("POST /task-reports/{id}/files", "takes a file: in `tasks`"),
    ("GET /task-report-files/{id}", "in `tasks`"),
    (
        "GET /alarm-rules/{id}/versions",
        "rules are everybody's to read",
    ),
    (
        "POST /alarm-rules/backtest",
        "shows what the asker may see, in a test below",
    ),
    (
        "GET /plan/accounts/{id}/entries",
        "sums are everybody's, entries those of the own county: in tests of `plan`",
    ),
    (
        "GET /plan/indicators/{id}",
        "the plan is everybody's who reads it",
    ),
    (
        "GET /plan/measures/{id}",
        "figures are everybody's who reads the plan; points are filtered",
    ),
    ("GET /plan/values", "the plan is everybody's who reads it"),
    (
        "GET /assessments/{id}",
        "the plan is everybody's who reads it",
    ),
    ("GET /assessments/{id}/files/{kind}", "as above"),
    ("GET /assessments/{id}/signed", "as above"),
    (
        "GET /assessments/{id}/difference",
        "the whole city's: in a test of `assessment`",
    ),
    ("GET /public/assessments/{id}", "everybody's once published"),
    (
        "POST /assessments/{id}/review",
        "needs taken figures: in a test of `assessment`",
    ),
    ("POST /assessments/{id}/return", "as above"),
    ("POST /assessments/{id}/publication", "as above"),
    ("GET /retention/{kind}/preview", "counts of the whole store"),
    (
        "GET /forwarding-targets/{id}",
        "names of superiors, without devices",
    ),
    (
        "GET /forwarding-targets/{id}/devices",
        "a list, of the own devices",
    ),
    (
        "GET /forwarding-targets/{id}/failures",
        "a list, of the own devices",
    ),
    (
        "POST /forwarding-targets/{id}/failures/resend",
        "in `forwarding`, by device",
    ),
    (
        "PUT /forwarding-targets/{id}/devices/{device_id}",
        "in a test below",
    ),
    (
        "DELETE /forwarding-targets/{id}/devices/{device_id}",
        "in a test below",
    ),
];
