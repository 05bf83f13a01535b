import type { ToolId } from '#shared/provider/tool/tool-providers.ts';
import { aider } from './aider.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { continueDev } from './continue.ts';
import { opencode } from './opencode.ts';
import type { ToolSetup } from './tool-setup.ts';
import { zed } from './zed.ts';

/** Every tool that `toll setup` can edit. */
export const toolSetups: Readonly<Record<ToolId, ToolSetup>> = {
  'claude-code': claudeCode,
  codex,
  opencode,
  aider,
  continue: continueDev,
  zed,
};
