// Keys, copying and the sign that a page is old. Every page is complete without this script.
(() => {
  'use strict';
  const find = (selector) => document.querySelector(selector);
  const kept = 'cert-health-keys';
  const recall = () => { try { return localStorage.getItem(kept); } catch { return null; } };
  const keep = (value) => { try { localStorage.setItem(kept, value); } catch { /* a private window */ } };

  // Single keys can be switched off: speech input types them by accident.
  const keysOn = () => recall() !== 'off';
  const typing = (e) => e.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable]');

  const step = (by) => {
    const rows = [...document.querySelectorAll('[data-row]')];
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) { next.focus(); next.closest('tr, li')?.scrollIntoView({ block: 'nearest' }); }
  };
  const keys = {
    '/': () => { const field = find('#filter-q') || find('#search'); field?.focus(); field?.select(); },
    '?': () => find('#keys')?.showModal(),
    j: () => step(1),
    k: () => step(-1),
  };
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || !keysOn() || typing(e) || find('dialog[open]')) return;
    if (!Object.hasOwn(keys, e.key)) return;
    e.preventDefault();
    keys[e.key]();
  });

  const say = (words) => { const status = find('#status'); if (status) status.textContent = words; };
  document.addEventListener('click', async (e) => {
    const button = e.target.closest('[data-copy]');
    if (button) {
      const text = button.parentElement.querySelector('code').textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
        say('Copied');
        setTimeout(() => { button.textContent = 'Copy'; }, 2000);
      } catch { say('The browser does not allow to copy.'); }
    }
    if (e.target.closest('#show-keys')) find('#keys')?.showModal();
  });

  const ready = () => {
    document.documentElement.classList.add('scripted');
    const box = find('#keys-on');
    if (box) {
      box.checked = keysOn();
      box.addEventListener('change', () => keep(box.checked ? 'on' : 'off'));
    }
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', ready); else ready();

  // A page that could not be brought up to date says so, because old data looks well.
  let old = null;
  const stale = () => {
    old ??= new Date();
    const note = find('#offline');
    if (!note) return;
    note.hidden = false;
    note.querySelector('time').textContent = old.toLocaleTimeString();
  };
  const fresh = () => { old = null; const note = find('#offline'); if (note) note.hidden = true; };
  document.addEventListener('htmx:error', stale);
  document.addEventListener('htmx:response:error', stale);
  document.addEventListener('htmx:after:request', (e) => { if (e.detail.ctx.response.status < 400) fresh(); });
  // A session that ended leads to the login page. It is shown as a page, not inside of this one.
  document.addEventListener('htmx:before:response', (e) => {
    const answer = e.detail.ctx.response.raw;
    const elsewhere = answer.redirected && new URL(answer.url).pathname !== location.pathname;
    if (!elsewhere && answer.status !== 401) return;
    e.preventDefault();
    location.reload();
  });
})();
