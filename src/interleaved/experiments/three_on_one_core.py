from interleaved import report
from interleaved.operating_system import on_one_core, share

if __name__ == "__main__":
    with on_one_core() as one_core:
        processes = share(["P1", "P2", "P3"], seconds=0.5)
    if not one_core:
        print("This system does not let a program choose a core.")
    for process in processes:
        print(process.name, process.drawn(seconds=0.002, columns=56))
    all_seconds = [process.seconds for process in processes]
    report("smallest share", min(all_seconds) / sum(all_seconds))
