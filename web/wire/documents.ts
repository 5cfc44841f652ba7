/** What the page asks about documents; uploads by XMLHttpRequest, because fetch reports no progress. */
import type {
  Document,
  DocumentScope,
  DocumentVersion,
  Folder,
  FolderBody,
  Group,
  PassageView,
} from '@rockpool/protocol/documents';
import { ask, problemIn, told } from './http.ts';
import { garbled, Problem, unreachable } from './problem.ts';
import {
  document as documentShape,
  documentVersion,
  folder as folderShape,
  group as groupShape,
  listUnder,
  nothing,
  passageView,
} from './shapes.ts';

/** Whom something is shared with. */
interface Sharing {
  scope: DocumentScope;
  group?: number;
}

export const listDocuments = (): Promise<Document[]> =>
  ask('/api/documents', listUnder('documents', documentShape));
export const deleteDocument = (id: number): Promise<void> =>
  ask(`/api/documents/${id}`, nothing, { method: 'DELETE' });
export const openPassage = (id: number, signal: AbortSignal): Promise<PassageView> =>
  ask(`/api/passages/${id}`, passageView, { signal });
export const filePath = (id: number): string => `/api/documents/${id}/file`;

export const shareDocument = (id: number, sharing: Sharing): Promise<Document> =>
  ask(`/api/documents/${id}`, documentShape, { method: 'PATCH', body: sharing });
export const listVersions = (id: number): Promise<DocumentVersion[]> =>
  ask(`/api/documents/${id}/versions`, listUnder('versions', documentVersion));

export const listGroups = (): Promise<Group[]> => ask('/api/groups', listUnder('groups', groupShape));
export const addGroup = (group: Omit<Group, 'id'>): Promise<Group> =>
  ask('/api/groups', groupShape, { method: 'POST', body: group });
export const changeGroup = (id: number, { name, members }: Omit<Group, 'id'>): Promise<Group> =>
  ask(`/api/groups/${id}`, groupShape, { method: 'PATCH', body: { name, members } });
export const removeGroup = (id: number): Promise<void> =>
  ask(`/api/groups/${id}`, nothing, { method: 'DELETE' });

export const listFolders = (): Promise<Folder[]> => ask('/api/folders', listUnder('folders', folderShape));
export const addFolder = (folder: FolderBody): Promise<Folder> =>
  ask('/api/folders', folderShape, { method: 'POST', body: folder });
export const shareFolder = (id: number, sharing: Sharing): Promise<Folder> =>
  ask(`/api/folders/${id}`, folderShape, { method: 'PATCH', body: sharing });
export const lookIntoFolder = (id: number): Promise<Folder> =>
  ask(`/api/folders/${id}/look`, folderShape, { method: 'POST', body: {} });
export const removeFolder = (id: number): Promise<void> =>
  ask(`/api/folders/${id}`, nothing, { method: 'DELETE' });

/** A new document, or a new version of one. */
export type Destination = Sharing | { replaces: number };

export interface Upload {
  file: File;
  to: Destination;
  signal: AbortSignal;
  sent(share: number): void;
}

export function upload({ file, to, signal, sent }: Upload): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', addressFor(file.name, to));
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => sent(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(unreachable(new Error('upload failed')));
    request.onabort = () => reject(new Problem('aborted', 'Stopped.'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function addressFor(name: string, to: Destination): string {
  const query = new URLSearchParams({ name });
  if ('replaces' in to) return `/api/documents/${to.replaces}/file?${query}`;
  query.set('scope', to.scope);
  if (to.group !== undefined) query.set('group', String(to.group));
  return `/api/documents?${query}`;
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
