"""Where the broker is, for the host's keep-warm pings; None, and so no pings, as long as settings are missing."""

from jainam_prop.entrypoints.openalgo.server_url import server_url

ROOT_URL = BASE_URL = server_url()
