//! The HJ 212 protocol: bytes to frames to messages, and back, for the editions of 2005, 2017 and 2025.
