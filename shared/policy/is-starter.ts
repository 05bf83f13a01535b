/** Terminals, editors and session programs: where a person started something, so that nothing above them tells more. */
const starters =
  /^(?:gnome-terminal-server|konsole|kitty|alacritty|xterm|uxterm|urxvt|wezterm(?:-gui)?|foot|ghostty|tilix|terminator|xfce4-terminal|tmux(?:: server)?|screen|sshd|login|systemd|init|launchd|code|cursor|windsurf|zed(?:-editor)?|idea|pycharm|webstorm|emacs|Terminal|iTerm2?|Warp|Hyper|WindowsTerminal|explorer|OpenConsole)$/i;

/** Programs that start what nobody typed, and that what has lost its parent is given to. */
const serviceManagers = /^(?:systemd|init|launchd)$/i;

/** True for a terminal or an editor: what it started, a person typed. */
export function isTerminal(name: string): boolean {
  return isStarter(name) && !serviceManagers.test(name);
}

/** True for a terminal, an editor or a session program, above which parents tell nothing more. */
export function isStarter(name: string): boolean {
  return starters.test(name);
}
