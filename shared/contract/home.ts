import { TollkeeperError } from '../model/error.ts';

/** What the operating system says about the user; read by the composition roots and passed in, so that this file stays pure. */
export interface HomeSurroundings {
  /** The process environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** As Node's `process.platform` tells it. */
  readonly platform: string;
  /** The user's own folder, absolute. */
  readonly homeDirectory: string;
  /** Login name; only used in the name of the Windows pipe. */
  readonly userName: string;
}

/** Every path of one Tollkeeper home; absolute. */
export interface HomePaths {
  readonly home: string;
  /** Folder for what lives only as long as the program, mode 0700. */
  readonly run: string;
  /** Unix socket, or the name of the Windows pipe. */
  readonly controlSocket: string;
  /** Unix socket or pipe on which the authorization server answers the gateway. */
  readonly authorizationSocket: string;
  /** Unix socket or pipe on which the gateway answers callers that can do without a port. */
  readonly gatewaySocket: string;
  /** The ready file, `<home>/run/state.json`. */
  readonly readyFile: string;
  /** Folder of the certificates that tools are to trust; nothing in it is secret. */
  readonly certificates: string;
  /** Folder of the originals that `toll setup --undo` restores. */
  readonly setup: string;
}

/** Longest path a unix socket may have, in bytes without the terminating zero (`sun_path` of Linux and of the BSDs). */
const socketPathLimits = { linux: 107, other: 103 } as const;

/**
 * The home folder: `TOLLKEEPER_HOME`, else the OS's per-user configuration folder + `tollkeeper`
 * (XDG Base Directory on Linux, Application Support on macOS, roaming application data on Windows).
 */
export function homeFolder(surroundings: HomeSurroundings): string {
  const { environment, platform, homeDirectory } = surroundings;
  const override = environment.TOLLKEEPER_HOME;
  if (override) return override;
  if (platform === 'win32')
    return joinPath(
      platform,
      environment.APPDATA ?? joinPath(platform, homeDirectory, 'AppData', 'Roaming'),
      'tollkeeper',
    );
  if (platform === 'darwin') return joinPath(platform, homeDirectory, 'Library', 'Application Support', 'tollkeeper');
  const configured = environment.XDG_CONFIG_HOME;
  const folder = configured?.startsWith('/') ? configured : joinPath(platform, homeDirectory, '.config');
  return joinPath(platform, folder, 'tollkeeper');
}

/** All paths below `home`. Throws `invalid_request` when a unix socket's path would be longer than the platform takes. */
export function homePaths(surroundings: HomeSurroundings, home: string = homeFolder(surroundings)): HomePaths {
  const { platform } = surroundings;
  const run = joinPath(platform, home, 'run');
  return {
    home,
    run,
    controlSocket: channelPath(surroundings, home, 'control'),
    authorizationSocket: channelPath(surroundings, home, 'authorization'),
    gatewaySocket: channelPath(surroundings, home, 'gateway'),
    readyFile: joinPath(platform, run, 'state.json'),
    certificates: joinPath(platform, home, 'certificates'),
    setup: joinPath(platform, home, 'setup'),
  };
}

function channelPath(
  surroundings: HomeSurroundings,
  home: string,
  name: 'control' | 'authorization' | 'gateway',
): string {
  const { platform, userName } = surroundings;
  if (platform === 'win32') {
    const suffix = name === 'control' ? '' : `-${name}`;
    return `\\\\.\\pipe\\tollkeeper-${userName.replace(/[^A-Za-z0-9._-]/g, '_')}-${hashText(home.toLowerCase())}${suffix}`;
  }
  const path = joinPath(platform, home, 'run', `${name}.sock`);
  const limit = platform === 'linux' ? socketPathLimits.linux : socketPathLimits.other;
  const length = new TextEncoder().encode(path).length;
  if (length > limit) {
    throw new TollkeeperError(
      'invalid_request',
      `The home folder's path is too long for a socket (${length} bytes, at most ${limit}): ${path}. Set TOLLKEEPER_HOME to a shorter folder.`,
    );
  }
  return path;
}

function joinPath(platform: string, ...parts: readonly string[]): string {
  const separator = platform === 'win32' ? '\\' : '/';
  return parts.map((part, index) => (index < parts.length - 1 ? part.replace(/[\\/]+$/, '') : part)).join(separator);
}

/** FNV-1a, 64 bits, as hex: tells homes apart in a pipe's name; no secret depends on it. */
function hashText(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
