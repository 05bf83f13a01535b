import { useQuery } from '@tanstack/react-query';
import type { ShellOutput } from '#shared/contract/ipc.ts';
import { shell } from './client.ts';

/** What this desktop can do; undefined until it has answered. */
export function usePlatform(): ShellOutput<'app.platform'> | undefined {
  return useQuery({ queryKey: ['app.platform'], queryFn: () => shell('app.platform', {}) }).data;
}
