import { type Attack, type AttackTarget, type Verdict, verdictOf } from './attack.ts';
import { chatPath, requestText, sendRaw, statusText } from './wire.ts';

/** Sends a call to each path; none may reach the stand-in, as one or another. */
async function noneReaches(target: AttackTarget, paths: readonly string[]): Promise<Verdict> {
  const faults: string[] = [];
  for (const path of paths) {
    const before = target.standIn.seen.length;
    const answer = await sendRaw({ port: target.port }, requestText(target, { path }));
    const [reached] = target.standIn.seen.slice(before);
    if (reached !== undefined) faults.push(`${path} reached the provider as ${reached.url}`);
    else if ((answer.statuses[0] ?? 0) < 400) faults.push(`${path} got ${statusText(answer)}`);
  }
  return verdictOf(faults, `${paths.length} of ${paths.length} refused`);
}

/** Ways to be judged as one path and sent on as another. */
export const pathAttacks: readonly Attack[] = [
  {
    id: 'path-traversal',
    title: 'Dots that lead out of one provider and into another',
    reference: 'CWE-22; RFC 3986 section 5.2.4',
    expectation: 'They are refused before anything is decided by them.',
    run: (target) =>
      noneReaches(target, [
        `/openai/../${target.provider}/v1/chat/completions`,
        `/${target.provider}/v1/../../openai/v1/chat/completions`,
        `/${target.provider}/v1/./chat/completions`,
        `/${target.provider}/v1/files/../chat/completions`,
      ]),
  },
  {
    id: 'path-encoding',
    title: 'The same in percent-encoding, once and twice',
    reference: 'CWE-177; CVE-2021-41773 (Apache)',
    expectation: 'They are refused.',
    run: (target) =>
      noneReaches(target, [
        `/openai/%2e%2e/${target.provider}/v1/chat/completions`,
        `/${target.provider}%2fv1/chat/completions`,
        `/${target.provider}/v1/chat%2Fcompletions`,
        `/${target.provider}/v1/%252e%252e/chat/completions`,
        `/${target.provider}/v1/chat/completions%00`,
        `/${target.provider}/v1/chat/completions%0d%0aX-Injected:%201`,
        `/${target.provider}/v1/chat/completions%ff`,
      ]),
  },
  {
    id: 'path-slashes',
    title: 'Doubled slashes, backslashes, fragments, whole addresses',
    reference: 'RFC 9112 section 3.2; RFC 3986 section 3.3',
    expectation: 'They are refused: there is one form of each path.',
    run: (target) =>
      noneReaches(target, [
        `//${target.provider}/v1/chat/completions`,
        `/${target.provider}//v1/chat/completions`,
        `/${target.provider}\\v1\\chat\\completions`,
        `${chatPath(target)}#/../../openai`,
        `http://evil.example${chatPath(target)}`,
        `http://127.0.0.1:${target.port}${chatPath(target)}`,
        '*',
      ]),
  },
  {
    id: 'path-override',
    title: 'Headers that tell an upstream another path, method or host',
    reference: 'CVE-2018-14773 (Symfony)',
    expectation: 'None of them travels on.',
    run: async (target) => {
      const before = target.standIn.seen.length;
      const names = ['X-Original-URL', 'X-Rewrite-URL', 'X-HTTP-Method-Override', 'X-Forwarded-Host', 'Forwarded'];
      const headers = [...names.map((name) => `${name}: overridden`), 'Connection: close'];
      const answer = await sendRaw({ port: target.port }, requestText(target, { headers }));
      const [reached] = target.standIn.seen.slice(before);
      const faults = [
        ...(reached === undefined ? [`the honest part of it got ${statusText(answer)}`] : []),
        ...(reached?.head.includes('overridden') === true ? ['one of them reached the provider'] : []),
      ];
      return verdictOf(faults, `${names.length} of ${names.length} left behind`);
    },
  },
];
