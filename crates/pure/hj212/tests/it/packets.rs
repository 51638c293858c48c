//! Every collected packet and stream is judged as it is marked.
