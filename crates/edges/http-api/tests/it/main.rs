//! The API as a client sees it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod alarms;
mod app;
mod assessment;
mod attack_cases;
mod attack_exceptions;
mod attacks;
mod attacks_with_bodies;
mod choices;
mod city;
mod commands;
mod data;
mod doors;
mod evaluations;
mod forwarding;
mod gaps;
mod imports;
mod marking;
mod openapi;
mod permissions;
mod plan;
mod points;
mod problems;
mod projects;
mod quarantine;
mod rates;
mod retention;
mod simulations;
mod sites;
mod tasks;
mod trail;
mod verdicts;
mod world;
