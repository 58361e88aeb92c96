# The default lab as a virtual machine runs it: without a GPU
{ lib }:
lib.importJSON ../labs/gpu-lab.json
// {
  gpu = null;
  floors = { };
}
