/** Starts the dashboard. */
import { render } from 'preact';
import { recallChoices } from '../shell/choices.ts';
import { whenSignedOut } from '../wire/http.ts';
import { listenToAddress } from './navigation.ts';
import { Page } from './page.tsx';
import { forget, meet } from './person.ts';
import { listenToKeys } from './shell/keys.tsx';

recallChoices();
whenSignedOut(forget);
listenToAddress();
listenToKeys();
void meet();

const place = document.getElementById('page');
if (place) render(<Page />, place);
