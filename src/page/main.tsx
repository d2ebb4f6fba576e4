// The page's beginning.
import { render } from 'preact';
import { App } from './app.js';
import { Sources } from './sources.js';
import './style.css';

const root = document.getElementById('app');
if (root) render(<App sources={new Sources()} />, root);
