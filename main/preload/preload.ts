import { contextBridge, ipcRenderer } from 'electron';
import { type IpcEvent, ipcChannels, type WindowApi } from '#shared/contract/ipc.ts';

const api: WindowApi = {
  call: (name, input) => ipcRenderer.invoke(ipcChannels.operation, name, input),
  shell: (name, input) => ipcRenderer.invoke(ipcChannels.shell, name, input),
  subscribe: (listener) => {
    const forward = (_event: unknown, message: IpcEvent): void => listener(message);
    ipcRenderer.on(ipcChannels.event, forward);
    return () => ipcRenderer.removeListener(ipcChannels.event, forward);
  },
};

contextBridge.exposeInMainWorld('api', api);
