import type { ToolId } from './tool-providers.ts';

/** Files of certificates: the authority alone, for what adds it to its own list, or everything, for what takes one list in place of its own. */
export type TrustFile = 'authority' | 'bundle';

/** A variable that names a file of certificates to trust. */
export interface TrustVariable {
  readonly file: TrustFile;
  /** Who reads it. */
  readonly readers: string;
}

/**
 * Every variable that makes a program trust the gateway's certificate. https://nodejs.org/api/cli.html (NODE_EXTRA_CA_CERTS adds),
 * https://docs.openssl.org/master/man3/SSL_CTX_load_verify_locations (SSL_CERT_FILE replaces),
 * https://requests.readthedocs.io/en/latest/user/advanced, https://curl.se/docs/sslcerts.html, https://docs.deno.com (DENO_CERT adds),
 * Codex: CODEX_CA_CERTIFICATE goes before SSL_CERT_FILE.
 */
export const trustVariables = {
  NODE_EXTRA_CA_CERTS: { file: 'authority', readers: 'Node and Bun' },
  SSL_CERT_FILE: { file: 'bundle', readers: 'OpenSSL, Python, Rust, and Go on Linux' },
  REQUESTS_CA_BUNDLE: { file: 'bundle', readers: 'Python\u2019s requests' },
  CURL_CA_BUNDLE: { file: 'bundle', readers: 'curl' },
  CODEX_CA_CERTIFICATE: { file: 'bundle', readers: 'Codex' },
  DENO_CERT: { file: 'authority', readers: 'Deno' },
} as const satisfies Readonly<Record<string, TrustVariable>>;

/** Name of such a variable. */
export type TrustVariableName = keyof typeof trustVariables;

/** How each tool that `toll setup` knows learns to trust it: by a variable, or only from the system's own store. */
export const toolTrust: Readonly<Record<ToolId, TrustVariableName | 'system'>> = {
  'claude-code': 'NODE_EXTRA_CA_CERTS',
  codex: 'CODEX_CA_CERTIFICATE',
  opencode: 'NODE_EXTRA_CA_CERTS',
  aider: 'SSL_CERT_FILE',
  continue: 'NODE_EXTRA_CA_CERTS',
  zed: 'system',
};

/** Commands that put the authority into the system's store, by platform; `{file}` stands for its file, quoted. */
const systemCommands: Readonly<Record<string, string>> = {
  darwin: 'security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db {file}',
  win32: 'certutil -user -addstore Root {file}',
  linux: 'sudo install -m 644 {file} /usr/local/share/ca-certificates/tollkeeper.crt && sudo update-ca-certificates',
};

/** Who is made to trust the gateway by one line typed into a shell. */
export interface TrustLine {
  readonly who: string;
  readonly line: string;
}

/** The line that sets this variable for what is started from the same shell afterwards. */
export function variableLine(name: string, value: string, platform: string): string {
  return platform === 'win32'
    ? `$env:${name} = ${quoted(value, platform)}`
    : `export ${name}=${quoted(value, platform)}`;
}

/** The line that makes the whole system, and so what knows no variable, trust the authority. */
export function systemTrustLine(authority: string, platform: string): string {
  const command = systemCommands[platform] ?? systemCommands.linux ?? '';
  return command.replace('{file}', quoted(authority, platform));
}

function quoted(text: string, platform: string): string {
  return platform === 'win32' ? `'${text.replaceAll("'", "''")}'` : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A line that sets a variable, and who reads it. */
export interface VariableLine extends TrustLine {
  readonly name: string;
}

/** The line for each variable. */
export function variableLines(files: Readonly<Record<TrustFile, string>>, platform: string): readonly VariableLine[] {
  return Object.entries(trustVariables).map(([name, { readers, file }]) => ({
    ...{ name, who: readers },
    line: variableLine(name, files[file], platform),
  }));
}

/** The exact line for each known tool, and for every other program by the variable it reads. */
export function trustLines(
  files: Readonly<Record<TrustFile, string>>,
  tools: readonly { readonly id: ToolId; readonly name: string }[],
  platform: string,
): readonly TrustLine[] {
  const setting = (name: TrustVariableName): string => variableLine(name, files[trustVariables[name].file], platform);
  const system = systemTrustLine(files.authority, platform);
  const known = tools.map(({ id, name }) => {
    const way = toolTrust[id];
    return { who: name, line: way === 'system' ? system : setting(way) };
  });
  const unnamed = variableLines(files, platform)
    .filter(({ who }) => known.every((tool) => tool.who !== who))
    .map(({ who, line }) => ({ who, line }));
  return [...known, ...unnamed, { who: 'Everything else', line: system }];
}

/** The variables for a child that is to trust the gateway; `present` are its parent's, of which those that add one file are kept in mind. */
export function trustEnvironment(
  files: Readonly<Record<TrustFile, string>>,
  present: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(trustVariables).map(([name, { file }]) => [
      name,
      file === 'authority' && present[name] ? files.bundle : files[file],
    ]),
  );
}
