#![doc = include_str!("../README.md")]

mod error;
mod external;
mod model;
mod password;
mod roles;
mod rules;
mod second_factor;
mod service;
mod store;
mod token;
mod trail;

pub use error::{AccountsError, FieldError};
pub use external::{ExternalIdentity, ExternalRules, NewcomerRules};
pub use model::{
    Account, AccountDetails, AccountFilter, AccountId, AccountSettings, ApiToken, CustomRole,
    NewApiToken, NewSession, Origin, Presence, Session, SessionInfo, SignInRequest, SignedIn,
};
pub use password::{PasswordCost, PasswordHashing};
pub use roles::{SHIPPED_ROLES, ShippedRole, find_shipped_role, parse_permission};
pub use rules::{check_password, check_roles};
pub use second_factor::PendingFactor;
pub use service::{
    AccessChanges, AccountsContext, DEMO_PASSWORD, DemoPlaces, authenticate_session,
    authenticate_token, begin_second_factor, change_password, confirm_second_factor,
    count_accounts, create_account, create_account_with_password, create_api_token,
    create_api_token_for, create_demo_accounts, create_first_administrator, delete_custom_role,
    find_account, invite_first_administrator, list_accounts, list_api_tokens, list_custom_roles,
    list_demo_accounts, list_sessions, load_account, remove_second_factor, reset_password,
    reset_second_factor, revoke_api_token, revoke_session, save_custom_role, sign_in,
    sign_in_external, sign_out, update_account,
};
pub use token::Token;
pub use trail::{AuditExport, record_export};
