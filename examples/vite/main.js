import { openUnlearnLab } from 'unlearn-lab';

const at = (id) => document.getElementById(id);
const say = (text) => (at('say').textContent = text);
const sayWhy = (error) => say(`${error.message}. ${error.todo ?? ''}`);

const onProgress = (done, total) => say(total > 0 ? `Loading ${Math.round((100 * done) / total)} %` : 'Loading');
const lab = await openUnlearnLab({ onProgress }).catch((error) => {
  sayWhy(error);
  throw error;
});
say(`Ready: ${(await lab.info()).users.length} users`);
at('forget').disabled = false;

at('forget').addEventListener('click', async () => {
  at('forget').disabled = true;
  try {
    const onEvent = (event) => event.type === 'progress' && say(`${event.phase}: ${event.done} of ${event.total}`);
    const report = await lab.run({ forget: { users: [Number(at('user').value)] }, onEvent });
    const figure = (id) => report.methods.find((row) => row.id === id).forget.logloss.toFixed(3);
    say(`Log loss on what was forgotten: ${figure('original')} before, ${figure('e2urec')} after, ${report.expected.logloss.toFixed(3)} expected of a model that never saw it`);
  } catch (error) {
    sayWhy(error);
  }
  at('forget').disabled = false;
});
