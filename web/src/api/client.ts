// Requests to the console: JSON, the session's CSRF token on writes, problem+json as errors.

export interface Problem {
  status: number;
  title: string;
  detail?: string;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
  get status(): number {
    return this.problem.status;
  }
}

let csrf = '';
let onSignedOut: () => void = () => {};

export function setCsrf(token: string): void {
  csrf = token;
}
export function setSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export const base = '/api/v1';

export async function request<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: { signal?: AbortSignal; contentType?: string; quiet?: boolean } = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  let payload: BodyInit | undefined;
  if (body !== undefined) {
    headers['Content-Type'] = options.contentType ?? 'application/json';
    payload = options.contentType ? (body as BodyInit) : JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      body: payload,
      credentials: 'same-origin',
      signal: options.signal,
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError({ status: 0, title: 'The console cannot be reached.' });
  }
  const text = await response.text();
  let value: unknown;
  try {
    value = text ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  if (!response.ok) {
    if (response.status === 401 && !options.quiet) onSignedOut();
    const problem = (value ?? {}) as Partial<Problem>;
    throw new ApiError({
      status: response.status,
      title: problem.title || `The console answered ${response.status}.`,
      detail: problem.detail,
    });
  }
  return value as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, { signal });
export const post = <T>(path: string, body?: unknown) => request<T>('POST', path, body ?? {});
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body);
export const patch = <T>(path: string, body: unknown) => request<T>('PATCH', path, body);
export const remove = (path: string) => request<void>('DELETE', path);
