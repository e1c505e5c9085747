// MicroPython (WebAssembly, under Node) with the command line of the unix port:
//
//   node upy.mjs [-X OPTION]... (-c CODE | FILE) [ARG...]      run a script
//   node upy.mjs [-X OPTION]... -X repl=SPEC                   a "board" for mpremote
//
//   MICROPYPATH      colon-separated host directories, copied to the same absolute paths of the
//                    in-memory file system and put on sys.path, as the unix port would. At most
//                    8 MB each: a whole work tree is refused.
//   -X heapsize=N[k|m]
//   -X cap           the heap cannot grow beyond heapsize: MemoryError is real. (No collection
//                    happens inside a call in this port: the limit is on bytes allocated.)
//   -X mem           at the end collect, then print "mem_alloc N" to stderr.
//   -X host=SPEC     fd:N (inherited, non-blocking), tcp:HOST:PORT, or a tty/FIFO path. The first
//                    is descriptor 3 in MicroPython, the next 4, ...: open(3, "r+b", buffering=0)
//                    means the same here and in a unix port that inherits the descriptor.
//   -X repl=SPEC     fd:N, a tty path, or tcp-listen:PORT (0: any; prints "listening PORT").
//   -X lib=DIR       copy DIR to /lib.
//   -X wasm=NAME     another .wasm of the npm package, such as micropython-settrace.wasm.
//   -X pkg=DIR       the directory of the npm package.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {performance} from 'node:perf_hooks';
import {fileURLToPath, pathToFileURL} from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const opt = {heapsize: '1m', pystack: '2k', host: [], wasm: 'micropython.wasm',
    pkg: path.join(HERE, 'node_modules/@micropython/micropython-webassembly-pyscript')};
const argv = process.argv.slice(2);
while (argv.length && argv[0][0] === '-') {
    const o = argv.shift();
    if (o === '-c') { opt.code = argv.shift(); break; }
    const [k, v] = o === '-X' && argv.length ? argv.shift().split(/=(.*)/s) : [];
    if (k === 'host') opt.host.push(v);
    else if (['cap', 'mem', 'heapsize', 'pystack', 'repl', 'lib', 'wasm', 'pkg'].includes(k)) opt[k] = v ?? true;
    else { console.error('unknown option ' + o + ' ' + k); process.exit(2); }
}
const size = s => parseInt(s) * ({k: 1024, m: 1048576}[s.slice(-1).toLowerCase()] ?? 1);

// ---- host descriptors: synchronous, non-blocking --------------------------------------------
Error.stackTraceLimit = 0;                       // an EAGAIN costs an Error object: make it cheap
const cell = new Int32Array(new SharedArrayBuffer(4));
const nap = ms => Atomics.wait(cell, 0, 0, ms);
let idleCalls = 0;                               // clock reads and empty reads since the last byte
const idle = () => { if (++idleCalls > 64) nap(idleCalls < 2000 ? 0.05 : 0.5); };

function readNow(fd, view, off, len) {           // number of bytes; 0: end of file; -1: nothing yet
    try { return fs.readSync(fd, view, off, len, null); }
    catch (e) {
        if (e.code === 'EAGAIN') return -1;
        if (['EIO', 'EOF', 'ECONNRESET'].includes(e.code)) return 0;
        throw e;
    }
}
function writeAll(fd, view, off, len) {          // blocks, as a UART does
    for (let n = 0; n < len;) {
        try { n += fs.writeSync(fd, view, off + n, len - n); }
        catch (e) {
            if (e.code === 'EPIPE' || e.code === 'ECONNRESET' || e.code === 'EIO') return len;   // nobody listens
            if (e.code !== 'EAGAIN') throw e;
            nap(0.2);
        }
    }
    return len;
}
class Port {
    constructor(fd) { this.fd = fd; this.buf = Buffer.alloc(4096); this.r = this.w = 0; this.eof = false; }
    fill() {                                     // bytes at hand, reading ahead if there are none
        if (this.r === this.w && !this.eof) {
            const n = readNow(this.fd, this.buf, 0, this.buf.length);
            this.eof = n === 0; this.r = 0; this.w = Math.max(n, 0);
        }
        return this.w - this.r;
    }
    read(view, off, len) {
        if (this.r === this.w) return this.eof ? 0 : readNow(this.fd, view, off, len);
        const n = Math.min(len, this.w - this.r);
        view.set(this.buf.subarray(this.r, this.r + n), off); this.r += n;
        return n;
    }
    drop(c) {                                    // everything up to byte c, if it has come
        if (this.fill() && this.w < this.buf.length) {
            const n = readNow(this.fd, this.buf, this.w, this.buf.length - this.w);
            this.w += Math.max(n, 0);
            this.eof = n === 0;
        }
        const i = this.buf.subarray(this.r, this.w).indexOf(c);
        this.r += i + 1;
        return i >= 0;
    }
    byte() {                                     // blocks; -1: end of file
        while (!this.fill()) { if (this.eof) return -1; idle(); }
        idleCalls = 0;
        return this.buf[this.r++];
    }
    write(view, off, len) { return writeAll(this.fd, view, off, len); }
}
const handles = [];                              // keeps sockets referenced
async function openPort(spec) {
    if (spec.startsWith('fd:')) return new Port(+spec.slice(3));
    if (spec.startsWith('tcp:')) {
        const [, host, port] = spec.match(/^tcp:(.*):(\d+)$/);
        const s = net.connect({host, port: +port, noDelay: true});
        await new Promise((ok, no) => { s.once('connect', ok); s.once('error', no); });
        s.pause(); handles.push(s);
        return new Port(s._handle.fd);
    }
    return new Port(fs.openSync(spec, fs.constants.O_RDWR | fs.constants.O_NOCTTY | fs.constants.O_NONBLOCK));
}

// ---- wasm imports: a clock that does not spin, Linux error numbers, a cap on memory ---------
// Emscripten numbers errors as WASI does (ENOENT is 44); MicroPython's errno module has Linux's.
const LINUX = {1: 7, 2: 13, 6: 11, 8: 9, 10: 16, 19: 14, 20: 17, 22: 27, 27: 4, 28: 22, 29: 5, 31: 21,
    32: 40, 33: 24, 37: 36, 41: 23, 44: 2, 48: 12, 51: 28, 52: 38, 54: 20, 55: 39, 58: 95, 59: 25, 60: 6,
    63: 1, 64: 32, 69: 30, 70: 29, 73: 110, 75: 18};
let capped = false, onClock = idle;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = (bin, imports) => {
    const {env, wasi_snapshot_preview1: wasi} = imports, t0 = performance.now();
    for (const [k, f] of Object.entries(env)) if (k.startsWith('__syscall_'))
        env[k] = (...a) => { const r = f(...a); return r < 0 ? -(LINUX[-r] ?? -r) : r; };
    for (const [k, f] of Object.entries(wasi)) if (k.startsWith('fd_'))
        wasi[k] = (...a) => { const r = f(...a); return r > 0 ? LINUX[r] ?? r : r; };
    env.mp_js_ticks_ms = () => { onClock(); return Math.floor(performance.now() - t0); };
    const grow = env.emscripten_resize_heap;
    env.emscripten_resize_heap = n => capped ? 0 : grow(n);
    return instantiate(bin, imports);
};

async function boot() {
    const {loadMicroPython} = await import(pathToFileURL(path.join(path.resolve(opt.pkg), 'micropython.mjs')));
    const mp = await loadMicroPython({heapsize: size(opt.heapsize), pystack: size(opt.pystack),
        url: path.join(path.resolve(opt.pkg), opt.wasm),
        stdout: () => {}, stderr: () => {}, stdin: () => null, linebuffer: false});
    const FS = mp.FS, M = mp._module;
    const ops = (fd, o) => { FS.streams[fd].stream_ops = {...FS.streams[fd].stream_ops, ...o}; };
    // Reads land in, and writes come from, the wasm memory: no proxy object, no copy per byte.
    const portOps = p => ({
        read(s, buf, off, len) {
            const n = p.read(buf, off, len);
            if (n < 0) { idle(); throw new FS.ErrnoError(6); }   // EAGAIN: read() is None
            idleCalls = 0;
            return n;
        },
        write(s, buf, off, len) { idleCalls = 0; return p.write(buf, off, len); },
        poll() {
            if (!p.fill() && !p.eof) { idle(); return 4; }       // POLLOUT
            idleCalls = 0;
            return 1 | 4;
        },
    });
    for (const [i, spec] of opt.host.entries()) {
        const dev = FS.makedev(80, i);
        FS.registerDevice(dev, {open(s) { s.seekable = false; }, close() {}, ...portOps(await openPort(spec))});
        FS.mkdev('/dev/host' + i, dev);
        FS.open('/dev/host' + i, 2);             // descriptors 3, 4, ...
    }
    if (opt.repl) {                              // os.stat("") is the current directory on a board
        const lookup = FS.lookupPath;
        FS.lookupPath = (p, o) => lookup(p || '.', o);
    }
    for (const fd of [1, 2]) ops(fd, {write: (s, buf, off, len) => writeAll(fd, buf, off, len)});
    ops(0, {read(s, buf, off, len) {
        for (;;) { const n = readNow(0, buf, off, len); if (n >= 0) return n; nap(1); }
    }});
    // Whole directories are copied, so a path that names a work tree or a home would take minutes
    // of silence while the other end waits for a first byte: refuse it, by name, at once.
    const LIMIT = 8 << 20, SKIP = ['node_modules', '__pycache__'];
    const copy = (root, target) => {
        let total = 0;
        const walk = (from, to) => {
            const st = fs.statSync(from, {throwIfNoEntry: false}), name = path.basename(from);
            if (st?.isDirectory()) {
                if (from !== root && (name[0] === '.' || SKIP.includes(name))) return;
                FS.mkdirTree(to);
                total += 512;                    // a directory is not free either
                for (const e of fs.readdirSync(from)) walk(path.join(from, e), to + '/' + e);
            } else if (st?.isFile() && st.size < 1 << 20) {
                total += 512 + st.size;
                FS.writeFile(to, fs.readFileSync(from));
            }
            if (total > LIMIT) throw new Error(`${root} is too large to copy into the file system of ` +
                'MicroPython on WebAssembly (8 MB): name a smaller directory, such as generated/micropython');
        };
        walk(root, target);
    };
    if (opt.lib) copy(path.resolve(opt.lib), '/lib');
    return {mp, FS, M, ops, portOps, copy};
}

function runScript({mp, M, copy}) {
    const dirs = (process.env.MICROPYPATH ?? '').split(':').filter(d => d && d !== '.frozen').map(d => path.resolve(d));
    const script = opt.code === undefined && path.resolve(argv[0]);
    if (script) dirs.unshift(path.dirname(script));
    for (const d of new Set(dirs)) copy(d, d);
    if (opt.cap) {                               // take every free byte outside MicroPython's own heap
        capped = true;
        const spare = M._malloc(8192);           // for the JS side: source text, proxies, opendir()
        for (let n = 1 << 24; n >= 16; n >>= 1) while (M._malloc(n)) ;
        M._free(spare);
    }
    const py = JSON.stringify;                   // JSON of strings and lists is Python
    mp.runPython(`
import sys
sys.path[:] = ${py(['', ...dirs, '.frozen', '/lib'])}
sys.argv[:] = ${py(script ? argv : ['-c', ...argv])}
def _(done):
    import sys
    try:
        ${script ? `execfile(${py(script)})` : `exec(${py(opt.code)}, globals())`}
    except SystemExit as e:
        a = e.value
        done(0 if a is None else a if isinstance(a, int) else 1)
    except BaseException as e:
        sys.print_exception(e, sys.stderr)
        done(1)
del sys
`);
    const main = mp.globals.get('_');
    let status = 0;
    mp.globals.delete('_');
    main(rc => { status = rc; });
    if (opt.mem) {                               // this port collects only between calls from JS
        mp.runPython('import gc\ngc.collect()');
        mp.runPython('import gc, sys\nprint("mem_alloc", gc.mem_alloc(), file=sys.stderr)');
    }
    return status;
}

// A REPL that mpremote can drive: soft reset, raw paste (done here: this port has no blocking
// console input), Ctrl-C while the program reads the clock or sleeps, stdin for "mpremote mount".
function repl({FS, M, ops, portOps, mp}, port) {
    let skip = 0, raw = false;
    const put = s => port.write(Buffer.from(s, 'latin1'), 0, s.length);
    const out = (s, buf, off, len) => {
        const k = Math.min(skip, len);
        skip -= k;
        if (len > k) port.write(buf, off + k, len - k);
        return len;
    };
    ops(1, {write: out});
    ops(2, {write: out});
    ops(0, {...portOps(port), read(s, buf, off, len) {
        while (!port.fill()) { if (port.eof) return 0; idle(); }
        idleCalls = 0;
        return port.read(buf, off, len);
    }});
    let checked = 0;
    onClock = () => {
        idle();
        if (performance.now() - checked < 2) return;
        checked = performance.now();
        const c = M.ccall('mp_hal_get_interrupt_char', 'number', [], []);
        if (c >= 0 && (port.drop(c) || port.eof)) M.ccall('mp_sched_keyboard_interrupt', 'null', [], []);
    };
    const feed = c => {
        if (c === 1) raw = true; else if (c === 2) raw = false;
        if (!mp.replProcessChar(c)) return;
        put('MPY: soft reboot\r\n');             // a new interpreter; the files stay
        M.ccall('mp_js_init', 'null', ['number', 'number'], [size(opt.pystack), size(opt.heapsize)]);
        M.ccall('proxy_c_init', 'null', [], []);
        mp.replInit();
    };
    const paste = () => {
        const window = 128, code = [];
        put('R\x01' + String.fromCharCode(window, 0) + '\x01');
        for (let n = 0;;) {
            const c = port.byte();
            if (c < 0) return;
            if (c === 3 || c === 4) { put('\x04'); if (c === 3) code.length = 0; break; }
            code.push(c);
            if (++n % window === 0) put('\x01');
        }
        skip = 2;                                // raw paste has no "OK"
        if (!code.length) code.push(10);
        for (const c of code) mp.replProcessChar(c);
        mp.replProcessChar(4);
    };
    mp.replInit();
    for (let atStart = true;;) {
        const c = port.byte();
        if (c < 0) return;
        if (raw && c === 5 && atStart) {
            const a = port.byte(), b = port.byte();
            if (a === 65 && b === 1) paste(); else put('R\x00');
            continue;
        }
        atStart = c < 32 && c !== 9 && c !== 10 && c !== 13 || (atStart && c === 13);
        feed(c);
    }
}

let status = 0;
try {
    const board = await boot();
    if (!opt.repl) {
        if (opt.code === undefined && !argv.length) throw new Error('nothing to run');
        status = runScript(board);
    } else if (opt.repl.startsWith('tcp-listen:')) {
        const server = net.createServer({pauseOnConnect: true, noDelay: true});
        await new Promise(ok => server.listen(+opt.repl.slice(11), '127.0.0.1', ok));
        console.log('listening ' + server.address().port);
        for (;;) {
            const s = await new Promise(ok => server.once('connection', ok));
            repl(board, new Port(s._handle.fd));
            s.destroy();
        }
    } else repl(board, await openPort(opt.repl));
} catch (e) {
    fs.writeSync(2, `${e?.message ?? e}\n`);
    status = 70;
}
process.exit(status);
