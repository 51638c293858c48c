//! The data segment of a stored packet, deciphered if need be.

use std::borrow::Cow;

use bytes::BytesMut;
use hj212::{Decoded, Envelope, FrameDecoder, FrameSettings, Input, Scanned, encryption};
use sites::DirectoryDevice;

use super::PacketDefect;

/// The data segment: of the packet as it is, or deciphered with one of the device's keys.
pub(super) fn open_segment<'a>(
    bytes: &'a [u8],
    device: &DirectoryDevice,
) -> Result<Cow<'a, [u8]>, PacketDefect> {
    // the gateway has accepted it: whatever its blemishes, it is read
    let settings = device.quirks.frame_settings(FrameSettings::tolerant());
    let Scanned::Frame(span) = hj212::scan_frame(bytes, &settings, Input::Ended) else {
        return Err(PacketDefect::NotAPacket);
    };
    let segment = bytes.get(span.segment).unwrap_or_default();
    if !encryption::looks_encrypted(&Envelope::scan(segment)) {
        return Ok(Cow::Borrowed(segment));
    }
    let keys = [device.key.as_ref(), device.previous_key.as_ref()];
    if keys.iter().all(Option::is_none) {
        // an odd data area of a device without a key is read as it stands
        return Ok(Cow::Borrowed(segment));
    }
    let mut buffer = BytesMut::from(bytes);
    let decoded = FrameDecoder::new(settings).finish(&mut buffer);
    let Some(Decoded::Frame(frame)) = decoded else {
        return Err(PacketDefect::NotAPacket);
    };
    keys.into_iter()
        .flatten()
        .find_map(|key| frame.decrypt(&encryption::Key::new(key.reveal())))
        .map(|plain| Cow::Owned(plain.segment().to_vec()))
        .ok_or(PacketDefect::NotDecrypted)
}
