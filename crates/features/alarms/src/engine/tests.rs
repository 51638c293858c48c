//! The engine on a small made-up world, each test a sentence.
mod laws;
mod meanings;
mod parts;
mod stories;
mod world;
