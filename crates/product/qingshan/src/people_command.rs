//! `qingshan accounts`: accounts for whoever administers the machine itself: the first one without a
//! browser, a lost password, a token for a program.

use std::io::BufRead;
use std::process::ExitCode;
use std::sync::Arc;

use access::{Actor, Scope};
use accounts::{Account, AccountDetails, AccountFilter, AccountsContext, NewApiToken};
use anyhow::{Context, bail};
use beijing_time::SystemClock;
use clap::{Args, Subcommand};

use crate::command_line::say;
use crate::config::Configuration;
use crate::{database_command, people, sealing_key};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List all accounts.
    List,
    /// Make an account.
    Create(CreateOptions),
    /// Give an account a new first password and end its sessions.
    ResetPassword {
        /// Name of the account.
        name: String,
    },
    /// Make a token for a program, which may part of what an account may; it is shown once.
    Token(TokenOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CreateOptions {
    /// What is typed at sign-in.
    name: String,
    /// The person's name; the account's name unless given.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// A role; may be given more than once.
    #[arg(long = "role", required = true, value_name = "ROLE")]
    roles: Vec<String>,
    /// Holds the account to a region with all below it, by its code.
    #[arg(long, value_name = "CODE", conflicts_with = "sites")]
    region: Option<String>,
    /// Holds the account to a site by its number; may be given more than once.
    #[arg(long = "site", value_name = "NUMBER")]
    sites: Vec<i64>,
    /// Reads the password from standard input. Without this a first password is printed, which its
    /// owner must change.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenOptions {
    /// Name of the account.
    name: String,
    /// What the token is for.
    #[arg(long = "for", value_name = "PURPOSE")]
    purpose: String,
    /// A permission such as `system.read`; may be given more than once.
    #[arg(long = "permission", required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// For how many days it holds.
    #[arg(long, default_value_t = 90)]
    days: u16,
}

/// Runs one of the commands.
///
/// # Errors
/// When the database cannot be opened or what was asked for is refused.
pub(crate) async fn run(
    command: AccountsCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = database_command::open(configuration).await?;
    database.check_schema().await?;
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let context = people::context(configuration, &database, Arc::new(SystemClock), key)?;
    let actor = Actor::system("command_line");
    match command {
        AccountsCommand::List => list(&context, &actor).await?,
        AccountsCommand::Create(options) => create(&context, &actor, options).await?,
        AccountsCommand::ResetPassword { name } => {
            let account = accounts::find_account(&database, &actor, &name).await?;
            let password = accounts::reset_password(&context, &actor, account.id).await?;
            say(&format!("first password of {name}: {password}"));
        }
        AccountsCommand::Token(options) => make_token(&context, &actor, options).await?,
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn list(context: &AccountsContext, actor: &Actor) -> anyhow::Result<()> {
    let mut filter = AccountFilter {
        limit: 1000,
        ..AccountFilter::default()
    };
    loop {
        let page = accounts::list_accounts(&context.database, actor, &filter).await?;
        for account in &page {
            say(&describe(account));
        }
        match page.last() {
            Some(last) => filter.after = Some(last.id),
            None => return Ok(()),
        }
    }
}

fn describe(account: &Account) -> String {
    let details = &account.details;
    let roles: Vec<_> = details.roles.iter().map(String::as_str).collect();
    let scope = match &details.scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Region(region) => format!("region {region}"),
        Scope::Sites(sites) => format!("{} site(s)", sites.len()),
    };
    let mut line = format!("{}\t{}\t{scope}", details.name, roles.join(","));
    for (is_so, word) in [
        (!details.is_enabled, "switched off"),
        (account.is_simulated, "simulated"),
        (account.has_second_factor, "second factor"),
        (account.must_change_password, "first password"),
    ] {
        if is_so {
            line.push('\t');
            line.push_str(word);
        }
    }
    line
}

async fn create(
    context: &AccountsContext,
    actor: &Actor,
    options: CreateOptions,
) -> anyhow::Result<()> {
    let scope = match (options.region, options.sites) {
        (Some(code), _) => Scope::Region(code.parse()?),
        (None, sites) if !sites.is_empty() => Scope::Sites(sites.into_iter().collect()),
        (None, _) => Scope::Everything,
    };
    let details = AccountDetails {
        display_name: options.display_name.unwrap_or_else(|| options.name.clone()),
        name: options.name,
        roles: options.roles.into_iter().collect(),
        scope,
        is_enabled: true,
        external: None,
    };
    if options.password_stdin {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("cannot read the password")?;
        let password = line.trim_end_matches(['\r', '\n']);
        let account =
            accounts::create_account_with_password(context, actor, details, password).await?;
        say(&describe(&account));
    } else {
        let (account, password) = accounts::create_account(context, actor, details).await?;
        say(&describe(&account));
        if let Some(password) = password {
            say(&format!("first password: {password}"));
        }
    }
    Ok(())
}

async fn make_token(
    context: &AccountsContext,
    actor: &Actor,
    options: TokenOptions,
) -> anyhow::Result<()> {
    let account = accounts::find_account(&context.database, actor, &options.name).await?;
    let mut permissions = std::collections::BTreeSet::new();
    for name in &options.permissions {
        let Some(permission) = accounts::parse_permission(name) else {
            bail!("there is no permission {name}");
        };
        permissions.insert(permission);
    }
    let new = NewApiToken {
        name: options.purpose,
        permissions,
        expires_at: context
            .clock
            .now()
            .plus_ms(i64::from(options.days) * DAY_MS),
    };
    let (token, secret) = accounts::create_api_token_for(context, actor, account.id, new).await?;
    say(&format!(
        "{}\nholds until {}",
        secret.reveal(),
        token.expires_at
    ));
    Ok(())
}
