//! Bytes as hexadecimal digits, without the password that may stand in them.

/// Two digits for each byte; the bytes of a password are stars.
pub(super) fn show_hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in hide_password(bytes) {
        // writing to a text cannot fail
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The bytes with stars in place of every password.
fn hide_password(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut is_secret = false;
    let mut last = [0_u8; 3];
    bytes.iter().map(move |byte| {
        if is_secret && matches!(byte, b';' | b'&' | b'\r' | b'\n') {
            is_secret = false;
        }
        let shown = if is_secret { b'*' } else { *byte };
        last.rotate_left(1);
        if let Some(newest) = last.last_mut() {
            *newest = *byte;
        }
        if &last == b"PW=" {
            is_secret = true;
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_password_are_stars() {
        assert_eq!(show_hex(b"\x00#\xff"), "0023ff");
        let shown: Vec<u8> = hide_password(b"ST=31;PW=12;MN=1;PW=3").collect();
        assert_eq!(shown, b"ST=31;PW=**;MN=1;PW=*");
    }
}
