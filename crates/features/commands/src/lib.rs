//! Commands to devices, each followed from request to result.
