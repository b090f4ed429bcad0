"""The client in Python, by way of the C library."""
import ctypes
import sys

lastbeat = ctypes.CDLL(sys.argv[2] if len(sys.argv) > 2 else "liblastbeat.so.0")
lastbeat.lastbeat_client_new.restype = ctypes.c_void_p
lastbeat.lastbeat_client_new.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
lastbeat.lastbeat_client_free.argtypes = [ctypes.c_void_p]
lastbeat.lastbeat_heartbeat.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
lastbeat.lastbeat_status.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
lastbeat.lastbeat_message.restype = ctypes.c_char_p
lastbeat.lastbeat_message.argtypes = [ctypes.c_void_p]
lastbeat.lastbeat_user_id.restype = ctypes.c_uint64
lastbeat.lastbeat_user_id.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


class Client:
    def __init__(self, server):
        self._client = lastbeat.lastbeat_client_new(server.encode(), None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        lastbeat.lastbeat_client_free(self._client)

    def _check(self, result):
        if result != 0:
            raise OSError(lastbeat.lastbeat_message(self._client).decode())

    def heartbeat(self, users):
        ids = (ctypes.c_uint64 * len(users))(*users)
        self._check(lastbeat.lastbeat_heartbeat(self._client, ids, len(users), None))

    def status(self, users):
        ids = (ctypes.c_uint64 * len(users))(*users)
        statuses = (ctypes.c_uint8 * len(users))()
        self._check(lastbeat.lastbeat_status(self._client, ids, len(users), statuses))
        return [("offline", "online", "unknown", "left")[status] for status in statuses]


with Client(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7230") as client:
    alice = lastbeat.lastbeat_user_id(b"alice", 5)
    client.heartbeat([42])
    print(client.status([42, alice]))
