import type { AccessDemand } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import { firstBeyondShells } from './same-program.ts';

/** Programs that start others at their time, when nobody is there. */
const schedulers = /^(?:cron|crond|fcron|anacron|atd|incrond|taskeng|taskhostw)$/i;
/** Programs that start services; they start a person's session too. */
const serviceManagers = /^(?:systemd|init|launchd|services|svchost)$/i;
/** Programs that only run where a person has logged in. */
const sessions =
  /^(?:gdm|gdm3|gdm-.*|lightdm|sddm|sddm-helper|xdm|greetd|ly|login|xinit|startx|gnome-session.*|gnome-shell|plasmashell|startplasma.*|kwin.*|xfce4-session|i3|sway|hyprland)$/i;
const firstProcess = 1;

/**
 * True when nobody sits at the program that asks: it says so, a scheduler is among those that started it, or it has no
 * terminal and a service manager started it outside of anybody's session. What can't be told counts as attended, so that
 * nobody waits for a prompt that never appears.
 */
export function isUnattended(
  demand: Pick<AccessDemand, 'background' | 'terminal'>,
  process: Pick<PeerProcess, 'parents'> | null,
): boolean {
  if (demand.background === true) return true;
  const parents = process?.parents ?? [];
  if (parents.some(({ name }) => schedulers.test(name))) return true;
  return demand.terminal === false && isService(parents);
}

function isService(parents: PeerProcess['parents']): boolean {
  if (parents.some(({ name }) => sessions.test(name))) return false;
  const starter = firstBeyondShells(parents);
  if (starter !== undefined && serviceManagers.test(starter.name)) return true;
  const top = parents.at(-1);
  return top?.pid === firstProcess && /^(?:systemd|init)$/i.test(top.name);
}
