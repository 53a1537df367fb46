"""What a study of the Context Encoder found, as its slides print it.

Source: "Context Encoders" (course project slides after Pathak et al. 2016, arXiv:1604.07379; Paris street views), the
tables under "Epoch Wise Results for each Test" and the captions before them. Each table is of one completed picture.
Their PSNR is 10 log10(4 / L2): L1 and L2 are means over values in [-1, 1]. Where a test was shown on two pictures it
has two tables; nothing says which is which, so they stand in the slides' order.
"""

EPOCHS = (50, 100, 150, 200)
# Variant of `context_encoder_study` → its tables: (L1, L2, PSNR) at 50, 100, 150 and 200 epochs.
TABLES = {
    "L2=0": (
        ((0.3721, 0.2288, 12.4255), (0.5003, 0.4360, 9.6260), (0.6306, 0.4958, 9.0677), (0.3835, 0.2119, 12.7581)),
        ((0.4537, 0.3114, 11.0873), (0.6062, 0.5370, 8.7206), (0.8499, 0.8531, 6.7102), (0.7058, 0.5552, 8.5760)),
    ),
    "L2=0.5": (
        ((0.3515, 0.2245, 12.5082), (0.7220, 0.6403, 7.9566), (0.3920, 0.2415, 12.1905), (0.5631, 0.4283, 9.7030)),
    ),
    "L2=0.9": (
        ((0.2861, 0.1367, 14.6618), (0.2374, 0.1033, 15.8774), (0.1917, 0.0598, 18.2481), (0.1997, 0.0663, 17.8027)),
        ((0.3434, 0.1830, 13.3939), (0.2938, 0.1416, 14.5112), (0.2138, 0.0747, 17.2857), (0.2636, 0.1025, 15.9154)),
    ),
    "L2=0.999": (
        ((0.1401, 0.0337, 20.7435), (0.1326, 0.0312, 21.0768), (0.1307, 0.0314, 21.0487), (0.1381, 0.0365, 20.3954)),
        ((0.1583, 0.0482, 19.1883), (0.1541, 0.0473, 19.2699), (0.1503, 0.0547, 18.6377), (0.1630, 0.0611, 18.1575)),
    ),
    "L2=0.9999": (
        ((0.1526, 0.0430, 19.6824), (0.1555, 0.0523, 18.8363), (0.1509, 0.0479, 19.2097), (0.1538, 0.0495, 19.0735)),
        ((0.1350, 0.0317, 21.0097), (0.1420, 0.0349, 20.5832), (0.1353, 0.0320, 20.9659), (0.1368, 0.0331, 20.8146)),
    ),
    "L2=1": (
        ((0.1766, 0.0598, 18.2537), (0.1563, 0.0503, 19.0042), (0.1522, 0.0496, 19.0676), (0.1548, 0.0493, 19.0879)),
        ((0.1469, 0.0383, 20.1805), (0.1441, 0.0353, 20.5337), (0.1374, 0.0318, 20.9956), (0.1404, 0.0340, 20.7012)),
    ),
    "step schedule": (
        ((0.2438, 0.0888, 16.5357), (0.2423, 0.0888, 16.5360), (0.2409, 0.0872, 16.6120), (0.2412, 0.0878, 16.5852)),
    ),
    "L1": (
        ((0.1456, 0.0531, 18.7694), (0.1455, 0.0568, 18.4785), (0.1454, 0.0575, 18.4197), (0.1475, 0.0511, 18.9325)),
    ),
    "channel-wise": (  # "Adding an additional layer"; of epochs 60, 100, 160 and 200
        ((0.1469, 0.0525, 18.8211), (0.1614, 0.0605, 18.2055), (0.1578, 0.065, 17.8916), (0.146, 0.0490, 19.1160)),
    ),
    "AlexNet": (  # "with only L2"
        ((0.3112, 0.1296, 14.8913), (0.3202, 0.1347, 14.7248), (0.3076, 0.1303, 14.8705), (0.2986, 0.1262, 15.0067)),
    ),
    "AlexNet with discriminator": (
        ((0.1865, 0.0541, 18.6854), (0.2136, 0.0610, 18.1643), (0.1891, 0.0549, 18.6272), (0.1955, 0.0545, 18.6565)),
    ),
    "random patches": (
        ((0.1535, 0.0467, 19.3182), (0.1451, 0.0438, 19.6036), (0.1614, 0.0513, 18.9181), (0.1636, 0.0540, 18.694)),
        ((0.1372, 0.0344, 20.6495), (0.1247, 0.0333, 20.800), (0.1210, 0.028, 21.4886), (0.1340, 0.0350, 20.5784)),
    ),
}
# PSNR in the captions of tests that have no table, or of pictures that it leaves out, after 200 epochs.
CAPTIONS = {
    "SGD": (13.9196, 16.2267),
    "L1": (18.93, 21.2045),
    "channel-wise": (19.11, 21.232),
    "AlexNet": (18.8796, 15.006),
    "AlexNet with discriminator": (18.6565, 14.7734),
}


def rows(variant: str) -> list[dict]:
    """What the slides say of a variant: a row a picture, with PSNR at the four moments and the last L1 and L2."""
    found = []
    for table in TABLES.get(variant, ()):
        psnr = {f"PSNR {i + 1}/4": moment[2] for i, moment in enumerate(table)}
        found.append({**psnr, "L1": table[-1][0], "L2": table[-1][1]})
    last = [round(row["PSNR 4/4"], 1) for row in found]
    captions = (value for value in CAPTIONS.get(variant, ()) if round(value, 1) not in last)
    return found + [{"PSNR 4/4": value} for value in captions]
