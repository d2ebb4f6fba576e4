# A camera for tests and drills: shows one picture over RTSP, and does what it is told on stdin.
# python3 rtsp-camera.py PORT PICTURE.png [USER PASSWORD]: rtsp://127.0.0.1:PORT/cam; says `ready` on stdout.
# Commands, one a line: size WxH | black | light | media off | media on
# It needs GStreamer's RTSP server and its Python binding from the system's packages: npm run setup -- --all
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

port, picture, *who = sys.argv[1:]
Gst.init(None)
elements = {}

factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
# A keyframe a second, none held back.
factory.set_launch(
    f'( filesrc location="{picture}" ! pngdec ! imagefreeze is-live=true ! videoconvert ! videoscale '
    "! capsfilter name=caps caps=video/x-raw,format=I420,width=640,height=360,framerate=15/1 "
    "! videobalance name=balance ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 "
    "! h264parse config-interval=-1 ! valve name=valve ! rtph264pay name=pay0 pt=96 )"
)
factory.connect(
    "media-configure",
    lambda _, media: elements.update(
        {name: media.get_element().get_by_name(name) for name in ("caps", "balance", "valve")}
    ),
)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
if who:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*who), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/cam", factory)
server.attach(None)
loop = GLib.MainLoop()


def obey():
    for line in sys.stdin:
        command, *more = line.split()
        if command == "size":
            width, height = more[0].split("x")
            form = f"video/x-raw,format=I420,width={width},height={height},framerate=15/1"
            elements["caps"].set_property("caps", Gst.Caps.from_string(form))
        elif command == "media":
            elements["valve"].set_property("drop", more[0] == "off")
        elif command in ("black", "light"):
            elements["balance"].set_property("contrast", 0.0 if command == "black" else 1.0)
            elements["balance"].set_property("brightness", -1.0 if command == "black" else 0.0)
    loop.quit()


threading.Thread(target=obey, daemon=True).start()
print("ready", flush=True)
loop.run()
