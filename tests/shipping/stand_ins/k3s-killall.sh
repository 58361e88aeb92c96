#!/bin/sh
. /machine/bin/prologue
failing after
