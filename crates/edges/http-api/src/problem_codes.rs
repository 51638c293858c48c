//! The one table of problem codes.

use axum::http::StatusCode;
use serde::Serialize;

use crate::ApiProblem;
use crate::extract::{Json, Path};

macro_rules! problem_codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $help:literal;)*) => {
        /// A stable code of something that went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemCode { $($name,)* }

        impl ProblemCode {
            /// All codes.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code in answers.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The code in words.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What the caller can do.
            pub(crate) const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

problem_codes! {
    InvalidRequest = "invalid_request", UNPROCESSABLE_ENTITY, "The request is not valid",
        "Mend the fields named under `errors` and send it again.";
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request cannot be read",
        "Send well-formed JSON, query parameters and paths as /api/docs shows them.";
    NotFound = "not_found", NOT_FOUND, "Not found",
        "Check the path and the identifier; what lies outside your region is not found either.";
    NotSignedIn = "not_signed_in", UNAUTHORIZED, "Not signed in",
        "Sign in with POST /api/v1/session, or send a token as `Authorization: Bearer`.";
    WrongCredentials = "wrong_credentials", UNAUTHORIZED, "Wrong name, password or code",
        "Check what was typed; after five failures the name is locked for a while.";
    SecondFactorNeeded = "second_factor_needed", UNAUTHORIZED, "The second factor's code is needed",
        "Send the same again with `code`, from the app or a recovery code.";
    Locked = "locked", TOO_MANY_REQUESTS, "Too many failures under this name",
        "Wait until the moment named in `detail`, or have an administrator reset the password.";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many attempts from this address",
        "Wait a minute.";
    InvitationEnded = "invitation_ended", FORBIDDEN, "This link is over",
        "Start the server again: it prints a new link while there is no account.";
    PasswordChangeNeeded = "password_change_needed", FORBIDDEN, "The password must be changed",
        "Change it with PUT /api/v1/session/password.";
    CrossSite = "cross_site", FORBIDDEN, "Asked for by a page of another site",
        "Open this server's own pages, or use a token.";
    Forbidden = "forbidden", FORBIDDEN, "Not permitted",
        "Ask the administrator for the permission named in `detail`.";
    Conflict = "conflict", CONFLICT, "The state does not allow it",
        "Load the present state, look what changed, and try again.";
    SamePerson = "same_person", CONFLICT, "A second person has to do this",
        "Have somebody else check or accept what you reported.";
    Stale = "stale", CONFLICT, "Somebody else changed it in the meantime",
        "Load it again, look what changed (`GET /api/v1/audit?subject=…`), and make the change anew.";
    Duplicate = "duplicate", CONFLICT, "There is one with this key already",
        "Choose another key, or change the one that is there.";
    InUse = "in_use", CONFLICT, "It is still needed by others",
        "Remove or change first what `detail` names; end or disable what must stay.";
    NoChineseFont = "no_chinese_font", SERVICE_UNAVAILABLE, "The server has no font for Chinese",
        "Install one (fonts-noto-cjk), or name a folder with fonts as `reports.font_folder`.";
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "The upload is too large",
        "Split the file or ask for a higher limit.";
    UnsupportedMedia = "unsupported_media", UNSUPPORTED_MEDIA_TYPE, "This type is not read here",
        "Use a content type that /api/docs names for this path.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available at the moment",
        "Try again in a moment; /api/v1/system says what is wrong.";
    InternalError = "internal_error", INTERNAL_SERVER_ERROR, "The server could not answer",
        "Tell the operator the time and the x-request-id of the answer.";
}

/// A code explained.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    code: &'static str,
    status: u16,
    title: &'static str,
    help: &'static str,
}

impl From<ProblemCode> for Explanation {
    fn from(code: ProblemCode) -> Self {
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            title: code.title(),
            help: code.help(),
        }
    }
}

/// `GET /problems/{code}`: what a problem's `type` points to.
pub(crate) async fn explain_problem(
    Path(code): Path<String>,
) -> Result<Json<Explanation>, ApiProblem> {
    ProblemCode::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .map(|known| Json(Explanation::from(*known)))
        .ok_or_else(|| ApiProblem::not_found("There is no problem with this code."))
}

/// The whole table, for the snapshot test and the documentation.
#[cfg(test)]
pub(crate) fn table() -> Vec<Explanation> {
    ProblemCode::ALL
        .iter()
        .map(|code| Explanation::from(*code))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_codes_are_as_published() {
        insta::assert_json_snapshot!(super::table());
    }
}
