import { problemFrom, Problem } from './problem';
import { imports } from './endpoints';
import { currentLanguage } from './http';
import type { Upload } from './types';

/** Sends a file and tells how much has left. fetch cannot report that, so this one call goes without it. */
export function uploadFile(file: File, onSent: (bytes: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', imports.uploadAddress());
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', currentLanguage());
    request.upload.onprogress = (e) => onSent(e.loaded);
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = undefined;
      }
      if (request.status >= 200 && request.status < 300) resolve(body as Upload);
      else reject(problemFrom(request.status, body, request.getResponseHeader('X-Request-Id') ?? ''));
    };
    request.onerror = () => reject(new Problem({ status: 0, code: 'network' }));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}
