"""What the benchmark programs share: processes, servers, load, /proc and the printing of figures."""
