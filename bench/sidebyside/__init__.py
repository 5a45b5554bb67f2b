"""Servers side by side on one machine: what bench/run is made of.

machine    what the kernel knows: CPU time, memory, free ports
process    one child process: pinned, logged, ended by its pid
load       the load tool, and its report
peers      nginx, haproxy, fasthttp and the bare epoll loop
appliance  Shanhai: started, given its routes, its counters read
startup    how long until the first answer
rounds     the measurement: interleaved rounds, checked counts
table      medians, ratios, Markdown

An import points up in this list only. Standard library, Python 3.9 or newer, Linux.
"""


class BenchError(Exception):
    """The run cannot go on; the message says why and what to do."""
