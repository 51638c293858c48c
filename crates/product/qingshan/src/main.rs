//! The binary of Qingshan.
fn main() {}
