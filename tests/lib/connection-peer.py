"""The other side of a connection, as Python's multiprocessing has it: WAY FD.

Makes a multiprocessing.connection.Connection of an inherited descriptor, and sends, receives or answers."""
import multiprocessing.connection
import sys

SIZES = (0, 1, 4092, 4093, 16384, 16385, 65536, 65537, 1000000, 16 << 20)


def pattern(size, seed):
    cycle = bytes((k * 31 + seed) % 251 for k in range(251))
    return (cycle * (size // 251 + 1))[:size]


def send(connection):
    for seed, size in enumerate(SIZES):
        connection.send_bytes(pattern(size, seed))


def receive(connection):
    for seed, size in enumerate(SIZES):
        message = connection.recv_bytes()
        assert message == pattern(size, seed), f"message {seed} is wrong: {len(message)} bytes of {size}"
    try:
        connection.recv_bytes()
    except EOFError:
        return
    raise AssertionError("there is no end of file")


def echo(connection):
    while True:
        try:
            connection.send_bytes(connection.recv_bytes())
        except EOFError:
            return


def main():
    way, fd = sys.argv[1], int(sys.argv[2])
    with multiprocessing.connection.Connection(fd, readable=way != "send", writable=way != "receive") as connection:
        {"send": send, "receive": receive, "echo": echo}[way](connection)


if __name__ == "__main__":
    main()
