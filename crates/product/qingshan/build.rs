//! Compiles again when the web application was built, so that it is embedded.

#![expect(clippy::print_stdout, reason = "so a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=../../../web/dist/index.html");
}
