/** The data of an answer; throws when it is not 200 without errors. */
export async function ask(url: string, accessToken: string, body: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body,
  });
  const text = await response.text();
  const answer = JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown };
  if (response.status !== 200 || answer.errors !== undefined || answer.data === undefined)
    throw new Error(`${url} answered ${response.status} ${text.slice(0, 1000)}\nto ${body}`);
  return answer.data;
}
