//! How fast packets are framed, checked and parsed.

fn main() {}
