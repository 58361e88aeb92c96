# The default lab as the test of it runs it: with a key, without a GPU, its volume on the test machine's second disk
{ lib }:
lib.importJSON ../labs/gpu-lab.json
// {
  gpu = null;
  floors = { };
}
