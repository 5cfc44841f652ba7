/** What the page asks about documents; uploads by XMLHttpRequest, because fetch reports no progress. */
import type { Document, PassageView } from '@rockpool/protocol/documents';
import { ask, problemIn, told } from './http.ts';
import { garbled, Problem, unreachable } from './problem.ts';
import { document as documentShape, listUnder, nothing, passageView } from './shapes.ts';

export type DocumentScope = Document['scope'];

export const listDocuments = (): Promise<Document[]> =>
  ask('/api/documents', listUnder('documents', documentShape));
export const deleteDocument = (id: number): Promise<void> =>
  ask(`/api/documents/${id}`, nothing, { method: 'DELETE' });
export const openPassage = (id: number, signal: AbortSignal): Promise<PassageView> =>
  ask(`/api/passages/${id}`, passageView, { signal });
export const filePath = (id: number): string => `/api/documents/${id}/file`;

export interface Upload {
  file: File;
  scope: DocumentScope;
  signal: AbortSignal;
  sent(share: number): void;
}

export function upload({ file, scope, signal, sent }: Upload): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/documents?name=${encodeURIComponent(file.name)}&scope=${scope}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => sent(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(unreachable(new Error('upload failed')));
    request.onabort = () => reject(new Problem('aborted', 'Stopped.'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function settle(
  request: XMLHttpRequest,
  resolve: (document: Document) => void,
  reject: (why: Problem) => void,
): void {
  try {
    const answer: unknown = JSON.parse(request.responseText);
    if (request.status < 300) resolve(documentShape(answer));
    else reject(told(problemIn(answer, request.status, request.getResponseHeader('retry-after'))));
  } catch (cause) {
    reject(cause instanceof Problem ? cause : garbled(`status ${request.status}`, cause));
  }
}
