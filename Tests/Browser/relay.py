"""A relay between the browser and the server that can be cut: all of it, or the requests for one path."""

import socket
import threading


class Relay:
    def __init__(self, port):
        self.target = port
        self.refused = None
        self.is_cut = False
        self.pairs = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut()

    def cut(self, only=None):
        """Ends what is open; from now on nothing passes, or not that path."""
        with self.lock:
            self.refused, self.is_cut = only, only is None
            for ends in self.pairs:
                for end in ends:
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
            self.pairs = []

    def restore(self):
        with self.lock:
            self.refused, self.is_cut = None, False

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with self.lock:
            if self.is_cut:
                return client.close()
            server = socket.create_connection(("127.0.0.1", self.target))
            self.pairs.append((client, server))
        threading.Thread(target=self.pump, args=(server, client), daemon=True).start()
        self.pump(client, server)

    def pump(self, source, sink):
        try:
            while data := source.recv(65_536):
                if self.refused and f" {self.refused}".encode() in data.split(b"\r\n", 1)[0]:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
