//! A city of simulated monitors that speak HJ 212 over TCP: demonstration, load and faults.
