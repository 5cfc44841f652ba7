# The same names as in package.json, listed: `npx just` shows them.

set positional-arguments

[private]
default:
    @just --justfile {{ justfile() }} --list --unsorted

# Install what is missing and serve chat on http://127.0.0.1:8080
start *arguments:
    @npm start --silent -- "$@"

# Install what is missing and run all tests that need no hardware
test *arguments:
    @npm test --silent -- "$@"

# Format, lint, types, architecture, documentation
check:
    @npm run --silent check

# Start a controller with twenty simulated devices: `just fleet --devices 50`
fleet *arguments:
    @npm run --silent fleet -- "$@"

# Build the disk of an emulated appliance: `just image --lab`
image *arguments:
    @npm run --silent image -- "$@"

# Tell an emulated appliance stories of power, phones and thieves: `just hil --quick`
hil *arguments:
    @npm run --silent hil -- "$@"

# Put the sources into the project's format
format:
    @npm run --silent format

# Measure, and print a table: `just bench chat`
bench *arguments:
    @npm run --silent bench -- "$@"

# Score the built-in chat model on hand-written conversations: `just eval-pebble --group tools`
eval-pebble *arguments:
    @npm run --silent eval:pebble -- "$@"

# Score the built-in embedder, and recall by it, on hand-written pairs
eval-retrieval *arguments:
    @npm run --silent eval:retrieval -- "$@"

# Score recall on two years of a made-up office
eval-memory *arguments:
    @npm run --silent eval:memory -- "$@"

# Build the page
build:
    @npm run --silent build
