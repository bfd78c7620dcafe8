"""A program, not a test: `libtorrent-client.py seed|download TORRENT FOLDER` with the Python binding of libtorrent.
TORRENT is a file, or for a download a magnet link.

Prints `ready` once a tracker has answered; a download ends with exit code 0 when everything is verified.
"""

import signal
import sys
import time

import libtorrent

# Always the same, as a user's: it takes the peers that share an address for one, those of yesterday too.
PORT = 6881
SECONDS_FOR_STOPPED = 1
CHECK_MS = 100
# As a user does who finds nobody: left alone, it would ask again after minutes.
ASK_AGAIN_SECONDS = 2

mode, torrent_file, folder = sys.argv[1:]

session = libtorrent.session({
    'listen_interfaces': f'0.0.0.0:{PORT},[::]:{PORT}',
    'enable_dht': False,
    'enable_lsd': False,
    'enable_upnp': False,
    'enable_natpmp': False,
    'alert_mask': libtorrent.alert.category_t.tracker_notification | libtorrent.alert.category_t.error_notification,
})
if torrent_file.startswith('magnet:'):
    parameters = libtorrent.parse_magnet_uri(torrent_file)
else:
    parameters = libtorrent.add_torrent_params()
    parameters.ti = libtorrent.torrent_info(torrent_file)
parameters.save_path = folder
parameters.flags |= libtorrent.torrent_flags.disable_dht | libtorrent.torrent_flags.disable_pex
parameters.flags &= ~(libtorrent.torrent_flags.paused | libtorrent.torrent_flags.auto_managed)
if mode == 'seed':
    parameters.flags |= libtorrent.torrent_flags.seed_mode
torrent = session.add_torrent(parameters)

is_asked_to_stop = False


def stop(*_):
    global is_asked_to_stop
    is_asked_to_stop = True


def report():
    for alert in session.pop_alerts():
        print(alert.what(), alert.message(), file=sys.stderr, flush=True)
        if isinstance(alert, libtorrent.tracker_reply_alert):
            print('ready', flush=True)


signal.signal(signal.SIGTERM, stop)
asked_at = time.monotonic()
while not is_asked_to_stop and not (mode == 'download' and torrent.status().is_seeding):
    session.wait_for_alert(CHECK_MS)
    report()
    if mode == 'download' and torrent.status().num_peers == 0 and time.monotonic() > asked_at + ASK_AGAIN_SECONDS:
        asked_at = time.monotonic()
        torrent.force_reannounce(0, -1, libtorrent.reannounce_flags_t.ignore_min_interval)
session.pause()
time.sleep(SECONDS_FOR_STOPPED)
report()
