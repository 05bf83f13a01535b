@echo off
rem Starts the packaged toll with a Node.js of the system: the app's own Electron refuses to run as plain Node, on purpose.
setlocal
if "%TOLLKEEPER_NODE%"=="" set "TOLLKEEPER_NODE=node"
"%TOLLKEEPER_NODE%" -e "process.exit(process.features.require_module?0:1)" >nul 2>nul
if errorlevel 1 (
  echo toll needs Node.js 20.19, or 22.12 or newer. Install it from https://nodejs.org or set TOLLKEEPER_NODE to its path. 1>&2
  exit /b 1
)
"%TOLLKEEPER_NODE%" "%~dp0dist\cli\toll.mjs" %*
